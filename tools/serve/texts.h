/* SPDX-License-Identifier: BSD-2-Clause */
/* What pages say. "%s" stands for a value. */
#ifndef NARC_SERVE_TEXTS_H
#define NARC_SERVE_TEXTS_H

/* name, English, Chinese */
#define ALL_TEXTS(TEXT)                                                                           \
	TEXT(SITE, "News archive", "新闻档案")                                                    \
	TEXT(SKIP, "Skip to content", "跳到正文")                                                 \
	TEXT(SECTIONS, "Sections", "栏目")                                                        \
	TEXT(CALENDAR, "Calendar", "日历")                                                        \
	TEXT(CATEGORIES, "Categories", "分类")                                                    \
	TEXT(TAGS, "Tags", "标签")                                                                \
	TEXT(SEARCH, "Search", "搜索")                                                            \
	TEXT(SEARCH_FOR, "Search for", "搜索内容")                                                \
	TEXT(POSTS, "%s posts", "%s 篇")                                                          \
	TEXT(ONE_POST, "1 post", "1 篇")                                                          \
	TEXT(NO_POSTS, "no posts", "无")                                                          \
	TEXT(FROM_TO_BEGIN, "from", "自")                                                         \
	TEXT(FROM_TO_END, "to", "至")                                                             \
	TEXT(OVERVIEW, "Posts by month", "每月篇数")                                              \
	TEXT(YEAR, "Year", "年份")                                                                \
	TEXT(YEAR_TITLE, "%s", "%s年")                                                            \
	TEXT(TOTAL, "Total", "合计")                                                              \
	TEXT(LATEST, "Latest day", "最近一天")                                                    \
	TEXT(ALL_OF_DAY, "All posts of this day", "当天全部")                                     \
	TEXT(EMPTY_ARCHIVE, "There are no posts in the archive.", "档案中没有文章。")             \
	TEXT(COUNTING,                                                                            \
	     "Posts are still being counted. Figures on this page may be old, or missing.",       \
	     "正在统计，本页数字可能不完整或已过时。")                                            \
	TEXT(COUNTS_CUT, "There are too many names to count all of them.",                        \
	     "名称过多，未全部统计。")                                                            \
	TEXT(MISSING_DAYS, "Days without posts: %s", "没有文章的日子：%s 天")                     \
	TEXT(NO_MISSING_DAYS, "No day is without posts.", "每天都有文章。")                       \
	TEXT(LEGEND,                                                                              \
	     "Posts a day: the stronger the colour, the more. A cross marks a day without any.",  \
	     "颜色越醒目，当天文章越多；叉号表示当天没有文章。")                                  \
	TEXT(PREVIOUS_YEAR, "Previous year", "上一年")                                            \
	TEXT(NEXT_YEAR, "Next year", "下一年")                                                    \
	TEXT(PREVIOUS_MONTH, "Previous month", "上个月")                                          \
	TEXT(NEXT_MONTH, "Next month", "下个月")                                                  \
	TEXT(PREVIOUS_DAY, "Previous day with posts", "前一天")                                   \
	TEXT(NEXT_DAY, "Next day with posts", "后一天")                                           \
	TEXT(OTHER_PERIODS, "Other periods", "其他时段")                                          \
	TEXT(NOTHING_ON_DAY, "There are no posts of this day.", "这一天没有文章。")               \
	TEXT(DAY_IS_CUT, "Only the first %s posts of this day are shown; the API has all.",       \
	     "只显示当天前 %s 篇，全部见 API。")                                                  \
	TEXT(NO_CATEGORIES, "No post has a category.", "没有分类。")                              \
	TEXT(NO_TAGS, "No post has a tag.", "没有标签。")                                         \
	TEXT(CATEGORY_TITLE, "Category: %s", "分类：%s")                                          \
	TEXT(TAG_TITLE, "Tag: %s", "标签：%s")                                                    \
	TEXT(OLDER, "Older posts", "更早的文章")                                                  \
	TEXT(NEWEST, "Newest posts", "最新的文章")                                                \
	TEXT(UNTITLED, "Untitled: %s", "无标题：%s")                                              \
	TEXT(VIEWS, "Views of this post", "查看方式")                                             \
	TEXT(VIEW_RENDERED, "Page", "页面")                                                       \
	TEXT(VIEW_SOURCE, "Source", "源文件")                                                     \
	TEXT(VIEW_VERSIONS, "Versions", "历次版本")                                               \
	TEXT(DOWNLOAD, "Download", "下载")                                                        \
	TEXT(FACTS, "About this post", "文章信息")                                                \
	TEXT(DATE, "Date", "日期")                                                                \
	TEXT(CODE, "infoCode", "infoCode")                                                        \
	TEXT(PATH, "File", "文件")                                                                \
	TEXT(SIZE, "Size", "大小")                                                                \
	TEXT(HASH, "XXH3 hash", "XXH3 哈希")                                                      \
	TEXT(VERSION, "Version", "版本")                                                          \
	TEXT(ARCHIVED, "Archived", "归档")                                                        \
	TEXT(ARCHIVE, "Archive", "档案文件")                                                      \
	TEXT(FRAME_TITLE, "The post as it was published", "文章原貌")                             \
	TEXT(FRAME_NOTE,                                                                          \
	     "Shown apart from the rest: scripts do not run, and nothing is loaded from "         \
	     "elsewhere.",                                                                        \
	     "隔离显示：脚本不会运行，也不会从别处加载任何内容。")                                \
	TEXT(FRAME_ALONE, "Show it alone", "单独显示")                                            \
	TEXT(NOT_RENDERED, "This entry is no text, or too large for a page.",                     \
	     "此条目不是文本，或过大，无法显示为页面。")                                          \
	TEXT(SOURCE_TITLE, "Source of “%s”", "源文件：%s")                                        \
	TEXT(THIS_VERSION, "This is version %s of the post.", "这是该文章的第 %s 版。")           \
	TEXT(SHOW_CURRENT, "Show the current one", "显示当前版本")                                \
	TEXT(VERSIONS_TITLE, "Versions of “%s”", "历次版本：%s")                                  \
	TEXT(STATE, "State", "状态")                                                              \
	TEXT(CURRENT, "current", "当前")                                                          \
	TEXT(SUPERSEDED, "superseded", "已被取代")                                                \
	TEXT(REDACTED, "redacted", "已删除")                                                      \
	TEXT(CHANGES, "Changes", "改动")                                                          \
	TEXT(CHANGES_SINCE, "Changes since version %s", "与第 %s 版的差异")                       \
	TEXT(ONE_VERSION, "There is one version only.", "只有一个版本。")                         \
	TEXT(DIFF_TITLE, "Changes of “%s”", "改动：%s")                                           \
	TEXT(DIFF_FROM, "From version", "从版本")                                                 \
	TEXT(DIFF_TO, "to version", "到版本")                                                     \
	TEXT(COMPARE, "Compare", "比较")                                                          \
	TEXT(NO_DIFFERENCE, "There is no difference.", "没有差异。")                              \
	TEXT(DIFF_LEGEND, "Lines with − were taken out, lines with + were added.",                \
	     "− 表示删去的行，+ 表示新增的行。")                                                  \
	TEXT(TOO_DIFFERENT,                                                                       \
	     "The two have so little in common that all is shown as taken out and added.",        \
	     "两者相差太大，全部显示为删去和新增。")                                              \
	TEXT(LINES_LEFT_OUT, "unchanged lines left out: %s", "省略未改动的 %s 行")                \
	TEXT(LINE_REMOVED, "taken out", "删去")                                                   \
	TEXT(LINE_ADDED, "added", "新增")                                                         \
	TEXT(REDACTED_AT, "The content was taken out of the archive on %s.",                      \
	     "该内容已于 %s 从档案中删除。")                                                      \
	TEXT(REASON, "Reason", "原因")                                                            \
	TEXT(SEARCH_IN, "In", "范围")                                                             \
	TEXT(IN_ALL, "whole posts", "全部内容")                                                   \
	TEXT(IN_TITLE, "titles", "标题")                                                          \
	TEXT(IN_TEXT, "text without markup (slow)", "去除标记的正文（较慢）")                     \
	TEXT(IN_DATES, "Dates", "日期范围")                                                       \
	TEXT(IN_CATEGORY, "Category", "分类")                                                     \
	TEXT(IS_REGEX, "regular expression", "正则表达式")                                        \
	TEXT(RESULTS, "Results", "结果")                                                          \
	TEXT(RESULTS_ORDER, "The oldest first. Capital letters count only if you type one.",      \
	     "按时间从早到晚排列；仅当输入含大写字母时区分大小写。")                              \
	TEXT(FOUND_NONE, "Nothing was found.", "没有找到。")                                      \
	TEXT(FOUND, "Found: %s.", "共找到：%s。")                                                 \
	TEXT(FOUND_LIMIT, "There are more than these.", "结果不止这些。")                         \
	TEXT(FOUND_TIME, "The search took too long, and was stopped.", "搜索耗时过长，已停止。")  \
	TEXT(DAMAGES,                                                                             \
	     "The archive is damaged: places that are left out here, %s. Its keeper finds more "  \
	     "with “narc verify”.",                                                               \
	     "档案已损坏，此处略去 %s 处；管理员可用 narc verify 查看详情。")                     \
	TEXT(LEFT_OUT,                                                                            \
	     "Posts that are too large to be searched, or would take too long: %s.",              \
	     "因过大或耗时过长而未搜索的文章：%s 篇。")                                           \
	TEXT(SEARCH_ON, "Go on from %s", "从 %s 继续搜索")                                        \
	TEXT(BAD_PATTERN, "This is no regular expression: %s", "正则表达式有误：%s")              \
	TEXT(BAD_DATES, "This is no range of dates: %s", "日期范围有误：%s")                      \
	TEXT(HELP_API, "API", "API")                                                              \
	TEXT(ERROR, "Error %s", "错误 %s")                                                        \
	TEXT(GO_HOME, "To the calendar", "回到日历")                                              \
	TEXT(NOT_FOUND, "There is nothing at this address.", "此地址没有内容。")                  \
	TEXT(NO_SUCH_POST, "No archive has a post with this infoCode or path.",                   \
	     "档案中没有此 infoCode 或路径的文章。")                                              \
	TEXT(NO_SUCH_VERSION, "The post has no such version.", "该文章没有此版本。")              \
	TEXT(NO_SUCH_DATE, "There is no such date.", "没有这个日期。")                            \
	TEXT(NO_SUCH_NAME, "No post has this name among its categories or tags.",                 \
	     "没有文章属于此分类或标签。")                                                        \
	TEXT(GONE, "The content was taken out of the archive.", "该内容已从档案中删除。")         \
	TEXT(BAD_ADDRESS, "This address is not well-formed.", "地址格式不正确。")                 \
	TEXT(BAD_PARAMETER, "A parameter of this address has a value that it cannot have.",       \
	     "地址中的参数值无效。")                                                              \
	TEXT(TOO_MANY_DAYS, "These are more than 40,000 days: give a period.",                    \
	     "超过四万天，请给出时段。")                                                          \
	TEXT(TOO_LARGE,                                                                           \
	     "The content is too large to be shown; download it, or use “narc extract”.",         \
	     "内容过大，无法显示；请下载，或使用 narc extract。")                                 \
	TEXT(DAMAGED, "The archive is damaged here. Its keeper finds more with “narc verify”.",   \
	     "档案此处已损坏，管理员可用 narc verify 查看详情。")                                 \
	TEXT(UNREADABLE, "The archive cannot be read.", "无法读取档案。")                         \
	TEXT(NO_MEMORY, "There is no memory left for this. Try again soon.",                      \
	     "内存不足，请稍后再试。")                                                            \
	TEXT(BUSY, "Too many searches or downloads are going on. Try again soon.",                \
	     "正在进行的搜索或下载过多，请稍后再试。")                                            \
	TEXT(BAD_METHOD, "This server only shows: it answers GET and HEAD.",                      \
	     "本服务器只读，仅支持 GET 和 HEAD。")                                                \
	TEXT(BAD_HOST,                                                                            \
	     "This server does not go by the name that it was called. “--host-name” adds "        \
	     "names.",                                                                            \
	     "服务器不接受此主机名，可用 --host-name 添加。")

enum text_id {
#define TEXT_NAME(name, english, chinese) TEXT_##name,
	ALL_TEXTS(TEXT_NAME)
#undef TEXT_NAME
	TEXT_COUNT
};

#endif
