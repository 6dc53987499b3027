-- The list of 100 agents.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

function request()
  return request_of("GET", "/v1/agents?limit=100")
end
