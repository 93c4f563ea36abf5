// SPDX-License-Identifier: BSD-2-Clause
// serve.mjs URL OUTPUT: a picture of a page, as Chromium shows it.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../tests/browser/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [url, output] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"],
});
const page = await browser.newPage({ locale: "en", viewport: { width: 900, height: 560 } });
await page.goto(url);
await page.screenshot({ path: output });
await browser.close();
