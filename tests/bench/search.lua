-- SPDX-License-Identifier: GPL-3.0-or-later
-- wrk: searches for the words in WORDS, never the same address twice, so that
-- the response cache cannot answer.
local words, n = {}, 0
for word in os.getenv("WORDS"):gmatch("%S+") do words[#words + 1] = word end
-- wrk starts anew for each run; the clock keeps the addresses apart.
local start = os.getenv("START")

function request()
	n = n + 1
	return wrk.format("GET", "/search?q=" .. words[n % #words + 1] .. "+-zz" .. start .. "x" .. n)
end
