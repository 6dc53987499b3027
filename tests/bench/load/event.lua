-- A line of an agent's activity.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

function request()
  local id, turn = next_agent()
  return request_of("POST", "/v1/agents/" .. id .. "/events",
    string.format('{"type": "info", "message": "Ran the tests a %dth time"}', turn))
end
