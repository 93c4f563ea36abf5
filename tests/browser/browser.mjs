// SPDX-License-Identifier: BSD-2-Clause
// browser.mjs URL CODE HOSTILE-CODE [FOLDER]: what people do with narc serve, in Chromium. Prints
// TAP; with FOLDER, leaves pictures of all pages there.
import { createServer } from "node:http";
import { attempt, axe, finish, launch } from "./tap.mjs";

const [base, code, hostile, pictures] = process.argv.slice(2);

const browser = await launch();
const wide = { viewport: { width: 1280, height: 900 } };
const narrow = { viewport: { width: 320, height: 640 } };

// A page of its own, which is closed behind it. Everything that it gets from elsewhere is noted;
// what its policy stops is no more than an entry in the console.
async function withPage(options, action) {
  const context = await browser.newContext({ locale: "en", ...wide, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.elsewhere = [];
  page.on("response", (response) => {
    if (!response.url().startsWith(base) && !response.url().startsWith("data:"))
      page.elsewhere.push(response.url());
  });
  try {
    return await action(page, context);
  } finally {
    await context.close();
  }
}

const paths = {
  home: "/", year: "/2022", month: "/2022/01", day: "/2022/01/09", categories: "/categories",
  category: "/category/finance", tags: "/tags", post: `/post/${code}`,
  source: `/post/${code}/source`, versions: `/post/${code}/versions`, diff: `/post/${code}/diff`,
  search: "/search", results: "/search?q=e&limit=5", error: "/nothing",
};

// ---- browsing --------------------------------------------------------------------------------

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "" : ", without JavaScript";

  await attempt(`one gets from the years to a post${how}`, () =>
    withPage({ javaScriptEnabled }, async (page) => {
      await page.goto(base);
      await page.getByRole("link", { name: "2022", exact: true }).click();
      await page.getByRole("link", { name: "January" }).click();
      await page.getByRole("cell").getByRole("link", { name: /^9 ?:/ }).click();
      await page.locator(`a.title[href="/post/${code}"]`).first().click();
      await page.frameLocator("iframe").getByText("Now it ends.").waitFor();
      return page.elsewhere.length === 0 || page.elsewhere;
    }));

  await attempt(`one finds a post by what it says, and opens it${how}`, () =>
    withPage({ javaScriptEnabled }, async (page) => {
      await page.goto(base);
      await page.getByLabel("Search for").fill("now it ENDS");
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText("Nothing was found.").waitFor();
      await page.getByLabel("Search for").fill("now it ends");
      await page.getByRole("button", { name: "Search" }).click();
      await page.locator("mark", { hasText: "Now it ends" }).waitFor();
      await page.getByText("Found: 1 post.").waitFor();
      await page.locator("a.title").click();
      return page.url() === `${base}/post/${code}` || page.url();
    }));
}

await attempt("one sees what changed", () =>
  withPage({}, async (page) => {
    await page.goto(`${base}/post/${code}`);
    await page.getByRole("link", { name: "Versions" }).click();
    await page.getByRole("link", { name: "Changes since version 1" }).click();
    const words = await page.locator("ins, del").allTextContents();
    return words.join() === "Then,Now" || words;
  }));

await attempt("a Chinese character is found", () =>
  withPage({}, async (page) => {
    await page.goto(`${base}/search`);
    await page.getByLabel("Search for").fill("龙");
    await page.keyboard.press("Enter");
    await page.locator("mark", { hasText: "龙" }).first().waitFor();
  }));

await attempt("a language that was chosen stays", () =>
  withPage({}, async (page) => {
    await page.goto(`${base}/2022`);
    await page.getByRole("link", { name: "中文" }).click();
    await page.getByRole("heading", { name: "2022年" }).waitFor();
    await page.getByRole("link", { name: "1月", exact: true }).click();
    await page.getByRole("heading", { name: "2022年1月" }).waitFor();
    return (await page.locator("html").getAttribute("lang")) === "zh-Hans";
  }));

await attempt("a browser that is Chinese gets Chinese", () =>
  withPage({ locale: "zh-CN" }, async (page) => {
    await page.goto(base);
    await page.getByRole("heading", { name: "日历" }).waitFor();
  }));

await attempt("the keyboard is enough", () =>
  withPage({}, async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
    await page.goto(`${base}/2022/01`);
    await page.keyboard.press("Tab");
    if ((await focused()) !== "Skip to content") return await focused();
    await page.keyboard.press("Enter");
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      if (/^9/.test(await focused())) break;
    }
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    if (outline === "none") return "the focus is not to be seen";
    await page.keyboard.press("Enter");
    await page.waitForURL(`${base}/2022/01/09`);
  }));

// ---- a post of somebody who means harm -----------------------------------------------------

// What it asks for comes here, if anything does; whatever the browser does by itself, too.
const asked = [];
const trap = createServer((request, response) => {
  asked.push(request.url);
  response.end();
});
trap.on("connection", (socket) => asked.push(`a connection from ${socket.remotePort}`));
await new Promise((resolve) => trap.listen(6797, "127.0.0.1", resolve)); // as in the post

for (const [name, path] of [["in its page", `/post/${hostile}`],
                            ["by itself", `/post/${hostile}/frame`],
                            ["as bytes", `/post/${hostile}/raw`]]) {
  await attempt(`a hostile post is dead ${name}`, () =>
    withPage({}, async (page, context) => {
      let dialogs = 0;
      page.on("dialog", (dialog) => { dialogs++; dialog.dismiss(); });
      await page.goto(base + path);
      const title = await page.title();
      const frame = page.frames().find((one) => one.url().endsWith("/frame"));
      if (name !== "as bytes") {
        await frame.getByText("The text of it").waitFor();
        for (const link of await frame.locator("a.trap, button, input[type=submit]").all())
          await link.click({ timeout: 3000, noWaitAfter: true }).catch(() => {});
      }
      await page.waitForTimeout(2500); // its refresh is after one second
      const url = page.url();
      const kept = { dialogs, asked: [...asked], elsewhere: page.elsewhere, url,
                     title: await page.title(), pages: context.pages().length,
                     storage: (await context.cookies()).length };
      asked.length = 0;
      return (dialogs === 0 && kept.asked.length === 0 && page.elsewhere.length === 0 &&
              url === base + path && kept.title === title && title !== "owned" &&
              kept.pages === 1 && kept.storage === 0) || kept;
    }));
}

await attempt("its title and source are text", () =>
  withPage({}, async (page) => {
    await page.goto(`${base}/post/${hostile}/source`);
    await page.getByText("<script>document.title").first().waitFor();
    const scripts = await page.locator("script").count();
    return scripts === 0 || scripts;
  }));
await new Promise((resolve) => trap.close(resolve));

// ---- looks -----------------------------------------------------------------------------------

for (const [scheme, locale, size] of [["light", "en", wide], ["dark", "zh-CN", wide],
                                      ["light", "zh-CN", narrow], ["dark", "en", narrow]]) {
  const name = `${scheme}, ${locale}, ${size.viewport.width} pixels wide`;

  await attempt(`no page scrolls sideways or is hard to use: ${name}`, () =>
    withPage({ colorScheme: scheme, locale, ...size, bypassCSP: true }, async (page) => {
      const wrong = [];
      for (const [key, path] of Object.entries(paths)) {
        await page.goto(base + path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth -
                                               document.documentElement.clientWidth);
        if (over > 0) wrong.push(`${path}: ${over} pixels too wide`);
        await page.evaluate(axe);
        const found = await page.evaluate(() => axe.run(document, { iframes: false }));
        for (const violation of found.violations)
          wrong.push(`${path}: ${violation.id}: ${violation.nodes[0].html}: ` +
                     violation.nodes[0].failureSummary);
        if (pictures)
          await page.screenshot({ path: `${pictures}/${key} ${name}.png`, fullPage: true });
      }
      return wrong.length === 0 || wrong;
    }));
}

await attempt("pages look otherwise in the dark", async () => {
  const paper = (scheme) => withPage({ colorScheme: scheme }, async (page) => {
    await page.goto(base);
    return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  });
  const [light, dark] = [await paper("light"), await paper("dark")];
  return light !== dark || [light, dark];
});

await browser.close();
finish();
