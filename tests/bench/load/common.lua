-- What every script of wrk shares. After `--` come the token and a file of agents' ids, one a line.
local sent, headers = 0, {["Content-Type"] = "application/json"}

ids = {}

function init(args)
  headers["Authorization"] = "Bearer " .. args[1]
  for id in io.lines(args[2]) do ids[#ids + 1] = id end
end

-- A request's number, from 0.
function next_number()
  sent = sent + 1
  return sent - 1
end

-- The agent whose turn it is, and how often it has had its turn; neighbours are different agents.
function next_agent()
  local number = next_number()
  return ids[number % #ids + 1], math.floor(number / #ids)
end

function request_of(method, path, body)
  return wrk.format(method, path, headers, body)
end

function done(summary, latency)
  local faults = summary.errors
  io.write(string.format(
    'JSON {"requests": %d, "per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "errors": %d}\n',
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    faults.connect + faults.read + faults.write + faults.status + faults.timeout))
end
