-- SPDX-License-Identifier: BSD-2-Clause
-- For wrk: asks for the paths in the file named by PATHS, at random, and prints what came of it as
-- JSON.
local paths = {}
for path in io.lines(os.getenv("PATHS")) do
	paths[#paths + 1] = path
end
math.randomseed(1)

function request()
	return wrk.format("GET", paths[math.random(#paths)])
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		'{"requests":%d,"seconds":%f,"bytes":%d,"failed":%d,"p50_ms":%f,"p99_ms":%f,"max_ms":%f}\n',
		summary.requests, summary.duration / 1e6, summary.bytes,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout,
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
