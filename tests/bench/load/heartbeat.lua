-- A heartbeat that says nothing new.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

function request()
  local number = next_number() % #ids
  return request_of("POST", "/v1/agents/heartbeat", string.format(
    '{"hostname": "bench-%03d", "machine_address": "10.0.0.1", "repo_path": "/srv/bench"}', number))
end
