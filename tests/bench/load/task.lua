-- A new task that any agent may claim.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

function request()
  return request_of("POST", "/v1/tasks", string.format(
    '{"title": "Task %d", "description": "To be claimed, and completed under its fence", "priority": "medium"}',
    next_number()))
end
