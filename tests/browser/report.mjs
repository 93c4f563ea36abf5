// SPDX-License-Identifier: BSD-2-Clause
// report.mjs PAGE [FOLDER]: the page of narc report in Chromium, as it is opened from a file, or
// printed. Prints TAP; with FOLDER, leaves pictures there.
import { pathToFileURL } from "node:url";
import { attempt, axe, finish, launch } from "./tap.mjs";

const [path, pictures] = process.argv.slice(2);
const url = pathToFileURL(path).href;
const browser = await launch();

// Opens the page. All that it asks for, and all that it has to say, is noted.
async function withPage(options, action) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.noted = [];
  page.on("request", (request) => request.url() === url || page.noted.push(request.url()));
  page.on("console", (message) => page.noted.push(message.text()));
  page.on("dialog", (dialog) => { page.noted.push(dialog.message()); dialog.dismiss(); });
  try {
    await page.goto(url);
    return await action(page);
  } finally {
    await context.close();
  }
}

await attempt("it loads nothing, and nothing in it runs", () =>
  withPage({}, async (page) => {
    await page.waitForTimeout(500);
    await page.getByText("<script>alert('owned')</script>").first().waitFor();
    return (page.noted.length === 0 && (await page.locator("script").count()) === 0) || page.noted;
  }));

await attempt("each section is one step away", () =>
  withPage({}, async (page) => {
    for (const link of await page.locator("nav a").all()) {
      await link.click();
      const id = new URL(page.url()).hash;
      const top = await page.locator(id).evaluate((section) => section.getBoundingClientRect().top);
      if (top > 800) return `${id} is at ${top}`;
    }
  }));

await attempt("columns of the chart say what they are of", () =>
  withPage({}, async (page) => {
    const drop = await page.locator("g:has(> rect.drop) > title").first().textContent();
    const missing = await page.locator("g:has(> rect.missing) > title").first().textContent();
    return (drop === "2022-02-23: 2 posts, some 36 expected in all" &&
            missing === "2022-02-10: 0 posts, some 18 expected") || [drop, missing];
  }));

for (const [colorScheme, width] of [["light", 1280], ["dark", 1280], ["light", 320], ["dark", 320]])
  await attempt(`it does not scroll sideways, and is easy to use: ${colorScheme}, ${width} pixels wide`, () =>
    withPage({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true }, async (page) => {
      const wrong = [];
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      const over = await page.evaluate(() => document.documentElement.scrollWidth -
                                             document.documentElement.clientWidth);
      if (over > 0) wrong.push(`${over} pixels too wide`);
      await page.evaluate(axe);
      for (const violation of (await page.evaluate(() => axe.run(document))).violations)
        wrong.push(`${violation.id}: ${violation.nodes[0].html}: ${violation.nodes[0].failureSummary}`);
      if (pictures)
        await page.screenshot({ path: `${pictures}/report ${colorScheme} ${width}.png`, fullPage: true });
      return wrong.length === 0 || wrong;
    }));

await attempt("printed, it is black on white without navigation", () =>
  withPage({ colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    if (await page.locator("nav").isVisible()) return "the navigation is there";
    if (pictures) await page.pdf({ path: `${pictures}/report.pdf` });
  }));

await browser.close();
finish();
