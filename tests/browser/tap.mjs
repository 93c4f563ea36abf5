// SPDX-License-Identifier: BSD-2-Clause
// What tests in Chromium share: checks, whose results are printed as TAP, the browser, and axe-core.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let checks = 0;
let failures = 0;

function check(name, holds, detail) {
  checks++;
  console.log(`${holds ? "ok" : "not ok"} ${checks} - ${name}`);
  if (!holds) {
    failures++;
    console.log(String(detail ?? "").replace(/^/gm, "#   "));
  }
}

// What action returns, if anything but true, is what is wrong.
export async function attempt(name, action) {
  try {
    const detail = await action();
    check(name, detail === undefined || detail === true, JSON.stringify(detail));
  } catch (error) {
    check(name, false, error.stack);
  }
}

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

export function finish() {
  console.log(`1..${checks}`);
  process.exit(failures ? 1 : 0);
}
