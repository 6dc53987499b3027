-- What a PATCH sends, to somebody who does nothing with it.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

function request()
  local id, turn = next_agent()
  return request_of("POST", "/noop/" .. id, string.format('{"progress": %d}', (turn + 1) % 101))
end
