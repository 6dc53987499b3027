-- PATCH an agent's progress, which is another one every time.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

function request()
  local id, turn = next_agent()
  return request_of("PATCH", "/v1/agents/" .. id, string.format('{"progress": %d}', (turn + 1) % 101))
end
