-- Claim a task, complete it under its fence, and so on: every request is one of the two.
dofile(os.getenv("BENCH_LOAD") .. "/common.lua")

local claimed = {}

function request()
  local lease = table.remove(claimed)
  if lease then
    return request_of("POST", "/v1/tasks/" .. lease.task .. "/completion", '{"fence": ' .. lease.fence .. "}")
  end
  return request_of("POST", "/v1/tasks/claim", '{"agent_id": "' .. next_agent() .. '"}')
end

function response(status, _, body)
  local fence = status == 200 and body:match('"lease":{"fence":(%d+)')
  if fence then
    claimed[#claimed + 1] = {task = body:match('"task":{"id":"([^"]+)"'), fence = fence}
  end
end
