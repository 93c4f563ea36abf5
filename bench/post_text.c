// SPDX-License-Identifier: BSD-2-Clause
#include "post_text.h"

#include <stdio.h>
#include <string.h>

#include "random.h"

#define ARRAY_SIZE(a)	((uint32_t)(sizeof(a) / sizeof((a)[0])))
#define KIND(slot)	((uint32_t)(slot) - 'a')	/* of what goes into a slot */

#define HANZI_LEN	3		/* of one Hanzi in UTF-8 */
#define READY_WORDS	8192		/* how many of a kind are kept, for speed */
#define DAY_SECONDS	86400
#define OPENING_SECOND	(6 * 3600)
#define OPEN_SECONDS	(16 * 3600)

/* Tuned until compressors did on the posts what they do on real ones. */
#define SHARED_CLAUSES		24	/* % of clauses that any text may have */
#define STORY_CLAUSES		8	/* % of clauses that recur in a story */
#define TODAY_SENTENCES		2	/* % of sentences that recur in a story on one day */
#define TODAY_PARAGRAPHS	2	/* % of paragraphs that do */
#define ROUNDUPS		12	/* % of posts that are about a story a paragraph */
#define NOUN_BITS		18	/* 2^18 nouns, and so on */
#define PHRASE_BITS		16
#define CLAUSE_BITS		14
#define STORY_CLAUSE_BITS	8	/* 2^8 of them in a story */
#define POSTS_A_STORY		3	/* in a week */
#define TERMS			6	/* that recur in a story */

/*
 * What text is made from: patterns. The small letters in them are slots to fill; each names a kind:
 * a adverb, c clause, e enterprise, g place, i number, j adjective, n noun, p phrase, r person,
 * s set phrase, u unit, v verb, x title, y heading in a roundup, z title of a roundup. Four more
 * are made without patterns: f digit, h Hanzi, k rare noun, t term of the story.
 * There are about 2^bits of a kind, some more frequent than others (see zipf), or where bits is 0
 * those listed. Where a kind is of words, those that the list does not have are invented.
 */
static const struct {
	uint32_t bits;
	bool words;
	const char *text;
} kinds[26] = {
	[KIND('a')] = { 8, true,
	"进一步 持续 不断 全面 积极 稳步 正在 已经 将 还 也 均 再次 首次 近日 目前 今年 去年 "
	"同时 此外 随后 逐步 大幅 明显 有效 切实 深入 率先 先后 陆续 同步 主动 依法 联合 共同 "
	"重新 继续 基本 初步 努力 更加 尤其 仍然 可能 必须" },
	[KIND('j')] = { 9, true,
	"新 大 主要 重要 重大 关键 基础 公共 绿色 数字 智能 传统 现代 地方 全国 国际 国内 民营 "
	"国有 大型 高端 优质 特色 专业 综合 长期 年度 首批 新型 高效 稳定 低碳 多元 农业 工业 "
	"科技 金融 海洋 航空 医疗 校园 历史 海外 线上 夜间 冬季 上半年" },
	[KIND('v')] = { 10, true,
	"推动 加快 提升 建设 完善 推进 开展 加强 实现 发布 举行 启动 完成 公布 通过 实施 提供 "
	"支持 促进 扩大 增加 减少 降低 提高 保障 保护 改善 优化 调整 探索 打造 建立 形成 构建 "
	"培育 引进 吸引 带动 覆盖 满足 解决 应对 化解 防范 监测 检查 整治 查处 打击 判决 呼吁 "
	"要求 批准 签署 达成 恢复 暂停 取消 超过 突破 刷新 维持 造成 导致 引发 影响 改变 升级 "
	"研发 制造 销售 运输 收购 转让 改造 修复 种植 加工 访问 介绍 强调 认为 预计 透露 回应" },
	[KIND('n')] = { NOUN_BITS, true,
	"经济 市场 企业 项目 技术 工程 产业 数据 政府 城市 农村 居民 记者 公司 产品 服务 价格 "
	"消费 投资 贸易 生态 环境 文化 教育 医院 学校 学生 老人 青年 工人 农民 专家 团队 平台 "
	"网络 系统 设备 材料 能源 电力 天然气 汽车 手机 芯片 机器人 无人机 卫星 火箭 铁路 公路 "
	"机场 港口 码头 地铁 水库 森林 湿地 耕地 粮食 药品 疫苗 健康 保险 银行 基金 股票 债券 "
	"利率 汇率 税收 预算 就业 住房 社区 园区 实验室 研究院 图书馆 博物馆 展览 冠军 球队 观众 "
	"游客 景区 酒店 快递 物流 订单 会议 报告 方案 政策 标准 机制 改革 创新 合作 安全 风险 "
	"问题 机会 目标 任务 成果 能力 质量 效率 规模 结构 模式 资源 人才 品牌 专利 成本 利润 "
	"产能 需求 关税 总统 议会 军队 警方 法院 案件 地震 台风 暴雨 救援 谈判 制裁 声明 峰会 "
	"委员会 部门 儿童 志愿者 夜市 书店 车票 补贴 客户 股东 算法 模型 电池 光伏 储能 污水 "
	"候鸟 大棚 合作社" },
	[KIND('s')] = { 0, false,
	"这一做法得到当地居民的好评 眼下正是一年里最忙的时节 项目建成以后将惠及周边村镇 "
	"按照年初排定的计划 各项准备已经就绪 和上年同月相比略有回升 市场对此反应平淡 "
	"消息传来股价应声走高 双方签下了长期供货的约定 受寒潮和大风影响 抢修人员连夜赶到现场 "
	"事故查明还要些时日 从源头上堵住管理漏洞 让办事的人少跑一趟路 打通最后几百米的堵点 "
	"既看眼前也看长远 拿出看得见的成效 修订后的办法从下月起施行 相关细则将另行公布 "
	"截至发稿时未获回复 董事会已经审议通过 还须提交股东大会表决 库存处在历史较低位置 "
	"比原计划提早了半个月 产能由此翻了一番 走出了一条自己的路子 老手艺有了新销路 "
	"家门口就能找到活干 今年的收成比往年要好 农技员走进大棚手把手地教 河道水质稳定在三类以上 "
	"景区实行分时预约 门票收入全部用于修缮 演出结束后掌声久久不息 校方表示将尽快给出答复 "
	"社区医院也能看上专家门诊 用药费用平均降了三成 分析人士对此看法不一 "
	"议会以微弱多数通过该法案 货轮在港外排队等候 油价一度冲上年内高点 投资者转向避险资产 "
	"审批时限压缩了一半以上 从田头到餐桌全程可查 风机和光伏板连成一片 换电站建到了高速路旁 "
	"背街小巷亮起了路灯 志愿者冒雨送去物资" },
	[KIND('u')] = { 0, false,
	"万 亿元 万元 公里 吨 万吨 家 个 人次 户 亩 万亩 台 架次 平方米 小时 天 倍 项 件 千瓦时 "
	"年" },
	[KIND('g')] = { 12, false,
	"k市 k县 k区 k镇 k州 k港 k湾 k岛 青榆市 云栈县 望川 沧浦港 澄江口 丹霞坡 苍梧岭 落雁湖 "
	"凤栖镇 鹿鸣区 松涧 竹溪口 兰渚 桃坞县 橘洲头 桦甸沟 麦坪乡 盐港 铜陵坡 金沙渡 珠浦 "
	"钟山头" },
	[KIND('e')] = { 12, false,
	"k集团 k公司 k银行 k证券 k科技 k大学 k股份 k重工 k能源 k药业 k航运 k食品 k电子 k协会" },
	[KIND('r')] = { 14, false,
	"赵hh 钱hh 孙hh 李hh 周hh 吴hh 郑hh 王hh 冯hh 陈hh 韩hh 杨hh 朱hh 秦hh 许hh 何hh 吕hh "
	"张hh 曹hh 魏hh 陶hh 谢hh 章hh 苏hh 潘hh 彭hh 鲁hh 马hh" },
	[KIND('p')] = { PHRASE_BITS, false,
	"vn jn nn jnn nv avn n的n vjn nnv vn和n nnn jnav vnvn vn的jn gnn avnn n与nv" },
	[KIND('c')] = { CLAUSE_BITS, false,
	"tvp tavt p s 在g tvtp pvtiu r表示 np和t 从g到g t的p t 今年f月 jn、jn和t vjt 把tvp “t” "
	"taviu 为tvjn t和t tvn的p 由tvp的t 同比vi% 其中 tav tvn t、t、n等 （t） g的t 一批tn 对tp "
	"t占i% 以及p的t 向tvp nt 将tv为jt aj 不仅avt e和tav 共iu 比jt高iu v了t t：pn 《tn》 "
	"r介绍 让tvn 以t为n apn" },
	[KIND('x')] = { 0, false, "y y，y y 【n观察】y 【jn】y" },
	[KIND('y')] = { 0, false, "tvnp gtavn tpvn jnvt ttviu tvp gvtn t：pvn r：vtn tvnvnp" },
	[KIND('i')] = { 0, false, "f ff ff 1f 20 fff f00 1ff ffff f000 f.f f.f ff.f" },
	[KIND('z')] = { 0, false,
	"市县要闻一组 海外短讯 晨间快览 财经简报 城乡速写 科技一周 天气与出行 一线见闻 国计观察 "
	"民生实录" },
	[KIND('h')] = { 0, false, /* only so that there are more of them in invented words */
	"杭绍甬皖闽赣湘鄂粤桂琼黔滇陕甘宁鲁豫晋冀辽吉黑沪渝蜀鹰鸥雀鲸鲨鲤虾蟹熊狼狐鹿豹犬猫鼠蛙"
	"蝶蜂蚕莓葡萄柠檬芒椰藕芹菠韭葱蒜姜椒糖酱醋盐酿酵煎炖煮烤焙锌锰钛镍钴锂硅磷硫氮氧氦氯碱"
	"酸醇酯苯烯烷胶塑陶瓷釉窑砖瓦梁檐廊亭榭碑匾砚帛绸缎棉麻纱绣缝袍靴帽扇伞壶碗盘碟筷勺琵琶"
	"笛箫鼓" },
};

/* The first is the wire. */
static const struct outlet {
	const char *slug, *name;
} outlets[] = {
	{ "kuaixun", "晨汐滚动" }, { "lanwan", "蓝湾网" }, { "yuanshan", "远山日报" },
	{ "hegu", "河谷财经" }, { "beichen", "北辰证券报" }, { "songjian", "松间晚报" },
	{ "yunfan", "云帆网" }, { "qiming", "启明周刊" }, { "changting", "长亭时报" },
	{ "danfeng", "丹枫早报" }, { "xingye", "星野在线" }, { "wangchuan", "望川商报" },
	{ "zhiwei", "知微财讯" }, { "qinghe", "青禾农报" }, { "jiangzhu", "江渚快报" },
	{ "chenxi", "晨汐网" }, { "hailiang", "海量观察" }, { "tiegong", "铁工时报" },
	{ "lvzhou", "绿洲经济报" }, { "baiyu", "白羽体育" }, { "longyin", "龙吟产经" },
};

/* How long posts are: so many in a thousand are shorter than so many bytes, if article or wire. */
static const struct {
	uint16_t permille, bytes[2];
} sizes[] = {
	{ 0, { 380, 300 } }, { 10, { 600, 460 } }, { 50, { 760, 610 } }, { 100, { 920, 780 } },
	{ 250, { 1250, 1080 } }, { 500, { 1690, 1460 } }, { 750, { 2310, 2060 } },
	{ 900, { 3270, 3030 } }, { 950, { 4080, 3830 } }, { 980, { 5200, 5200 } },
	{ 990, { 6350, 6770 } }, { 995, { 8100, 7800 } }, { 999, { 11300, 13100 } },
	{ 1000, { 40000, 16400 } },
};

#define LEAD "<p><strong>晨汐网消息</strong>（早间播报）："

/* A roundup has heads. The first is the wire's, which has no HTML. */
static const struct markup {
	const char *lead, *head, *head_end, *paragraph, *end;
} markups[] = {
	{ "\n晨汐网消息（早间播报）：", "", "", "", "" },
	{ LEAD, "</p><p><strong>", "</strong></p><p>", "</p><p>", "</p>" },
	{ LEAD, "<br></p><p><strong>", "</strong></p><p>", "<br></p><p>", "</p>" },
};

/*
 * A rank below 2^bits - 8, as frequent as the inverse of rank + 8 (Zipf's law as Mandelbrot has
 * it), in steps: each doubling is as likely as the next.
 */
static uint32_t zipf(uint64_t *rng, uint32_t bits)
{
	uint64_t r = next(rng);
	uint32_t octave = 3 + (uint32_t)((r & 0xffffffff) * (bits - 3) >> 32);

	return (uint32_t)((1ull << octave) - 8 + (r >> 32 >> (32 - octave)));
}

static char hanzi[8192][HANZI_LEN];	/* as often as our own words have them */
static uint32_t nr_hanzi;
static const char *lists[ARRAY_SIZE(kinds)][256];	/* the parts of kinds[].text */
static uint32_t list_sizes[ARRAY_SIZE(kinds)];
static struct word {
	char text[15];
	unsigned char len;
} words[ARRAY_SIZE(kinds)][READY_WORDS];	/* used where kinds[].words is set */

/* The word of that rank: one of ours, or an invented one, which is the same each time. */
static struct word make_word(uint32_t kind, uint32_t rank)
{
	static const unsigned char lengths[] = { 2, 2, 2, 2, 2, 3, 3, 4 };
	struct word w = { .len = 0 };
	uint64_t rng = derive(kind, rank);

	if (rank < list_sizes[kind]) {
		w.len = (unsigned char)strcspn(lists[kind][rank], " ");
		memcpy(w.text, lists[kind][rank], w.len);
		return w;
	}
	for (uint32_t n = lengths[below(&rng, 8)]; n; n--, w.len += HANZI_LEN)
		memcpy(w.text + w.len, hanzi[below(&rng, nr_hanzi)], HANZI_LEN);
	return w;
}

static void split_text(uint32_t kind, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((*p & 0xff) >= 0xe4 && (*p & 0xff) <= 0xe9)	/* first byte of a Hanzi */
			memcpy(hanzi[nr_hanzi++], p, HANZI_LEN);
		if (p == text || p[-1] == ' ')
			lists[kind][list_sizes[kind]++] = p;
	}
}

void prepare_language(void)
{
	for (uint32_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		if (kinds[kind].text)
			split_text(kind, kinds[kind].text);
	}
	for (uint32_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (uint32_t rank = 0; kinds[kind].words && rank < READY_WORDS; rank++)
			words[kind][rank] = make_word(kind, rank);
	}
}

/* Copies a whole struct, for speed: there has to be room. */
static char *put_word(char *p, uint32_t kind, uint32_t rank)
{
	struct word made, *w = &made;

	if (rank < READY_WORDS)
		w = &words[kind][rank];
	else
		made = make_word(kind, rank);
	memcpy(p, w, sizeof(*w));
	return p + w->len;
}

/* A term of the story: the same few each time. */
static char *put_term(char *p, uint64_t *rng, uint64_t story)
{
	uint64_t seed = derive(story, below(rng, TERMS));

	p = put_word(p, KIND('n'), seed % READY_WORDS);
	return seed >> 63 ? put_word(p, KIND('n'), (seed >> 32) % READY_WORDS) : p;
}

static char *put_slot(char *p, char slot, uint64_t *rng, uint64_t story);

/* Fills in one of the patterns of that kind. */
static char *put_pattern(char *p, uint32_t kind, uint64_t *rng, uint64_t story)
{
	const char *pattern = lists[kind][below(rng, list_sizes[kind])];

	for (; *pattern && *pattern != ' '; pattern++) {
		kind = KIND(*pattern);
		if (kind >= ARRAY_SIZE(kinds))
			*p++ = *pattern;
		else if (kinds[kind].words)
			p = put_word(p, kind, zipf(rng, kinds[kind].bits));
		else
			p = put_slot(p, *pattern, rng, story);
	}
	return p;
}

static char *put_slot(char *p, char slot, uint64_t *rng, uint64_t story)
{
	uint32_t kind = KIND(slot);
	uint64_t seed;

	switch (slot) {
	case 't': return put_term(p, rng, story ? story : next(rng));
	case 'k': return put_word(p, KIND('n'), below(rng, READY_WORDS));
	case 'h': return mempcpy(p, hanzi[below(rng, nr_hanzi)], HANZI_LEN);
	case 'f': *p = (char)('1' + below(rng, 9)); return p + 1;
	}
	seed = kinds[kind].bits ? derive(kind, zipf(rng, kinds[kind].bits)) : next(rng);
	return put_pattern(p, kind, &seed, story);
}

static char *put_clause(char *p, uint64_t *rng, uint64_t story)
{
	uint32_t choice = below(rng, 100);
	uint64_t seed = next(rng);

	if (choice < SHARED_CLAUSES)
		return put_slot(p, 'c', &seed, 0);
	if (choice < SHARED_CLAUSES + STORY_CLAUSES)
		seed = derive(story, ~zipf(&seed, STORY_CLAUSE_BITS));
	return put_pattern(p, KIND('c'), &seed, story);
}

static char *put_sentence(char *p, uint64_t seed, const struct post *post)
{
	uint32_t n;

	if (post->edit && mix(seed ^ post->edit) % 8 == 0)
		seed = mix(seed);
	n = 2 + below(&seed, 3) + below(&seed, 3);
	while (n--) {
		p = put_clause(p, &seed, post->story);
		p = mempcpy(p, n ? "，" : "。", HANZI_LEN);
	}
	return p;
}

/* As many sentences as the seed says, but none more once p has reached the limit. */
static char *put_paragraph(char *p, uint64_t seed, const struct post *post, const char *limit)
{
	uint64_t today = derive(post->story, post->day);
	uint32_t n = 1 + below(&seed, 2) + below(&seed, 2);

	do {
		uint64_t own = next(&seed);

		if (below(&seed, 100) < TODAY_SENTENCES)
			own = derive(today, below(&seed, 4));
		p = put_sentence(p, own, post);
	} while (--n && p < limit);
	return p;
}

/* One of those that run in the post's week. */
static uint64_t pick_story(const struct post *post, uint64_t *rng)
{
	const struct newsroom *newsroom = post->newsroom;
	uint64_t nr_stories = newsroom->per_day * 7 / POSTS_A_STORY + 1;
	uint32_t a = below(rng, nr_stories), b = below(rng, nr_stories);
	uint32_t number = a < b ? a : b;		/* some are bigger than others */
	uint64_t week = (post->day + number % 7) / 7;	/* they do not all end at once */

	return derive(derive(~newsroom->seed, week), number);
}

static uint32_t pick_size(bool wire, uint64_t *rng)
{
	uint32_t permille = below(rng, 1000), i = 1, from;

	while (permille >= sizes[i].permille)
		i++;
	from = sizes[i - 1].bytes[wire];
	return from + below(rng, sizes[i].bytes[wire] - from);
}

static char *put_body(char *p, struct post post, const char *limit, uint64_t *rng, bool roundup)
{
	const struct markup *m = &markups[post.wire ? 0 : 1 + below(rng, 2)];

	p = stpcpy(p, m->lead);
	if (below(rng, 2))
		p += strftime(p, POST_TEXT_MAX, "今天（%m月%d日），", &post.tm);
	for (bool first = true; first || p < limit; first = false) {
		uint64_t seed = next(rng);

		if (roundup) {
			post.story = pick_story(&post, rng);
			p = stpcpy(p, m->head);
			p = put_slot(p, 'y', rng, post.story);
			p = stpcpy(p, m->head_end);
		} else if (!first) {
			p = stpcpy(p, m->paragraph);
		}
		if (below(rng, 100) < TODAY_PARAGRAPHS)
			seed = derive(~post.story, post.day << 2 | below(rng, 3));
		p = put_paragraph(p, seed, &post, limit);
	}
	if (post.edit)
		p = put_sentence(p, post.edit, &post);
	return stpcpy(p, m->end);
}

static char *put_footer(char *p, const struct post *post)
{
	const char *slug = post->outlet->slug, *name = post->outlet->name;

	if (post->wire)
		return p + sprintf(p, "\n\n<http://stock.example.com/news/1405,%s.html>\n\n"
				   "[返回%s新闻](//newsroom.example.org/%s/)"
				   "｜[返回首页](//newsroom.example.org/)", post->code, name, slug);
	return p + sprintf(p, "<p class=\"em_media\">（文章来源：%s）</p>\n\n"
			   "<http://share.example.com/html_News/NewsShare.html?infoCode=%s>\n\n"
			   "[返回%s新闻](//newsroom.example.org/category/%s.html)"
			   "｜[返回首页](//newsroom.example.org/)", name, post->code, name, slug);
}

size_t write_post_text(const struct post *post, char text[POST_TEXT_MAX])
{
	char *p = text;
	uint64_t rng = post->seed;
	bool roundup = below(&rng, 100) < ROUNDUPS;
	const char *limit = p + pick_size(post->wire, &rng) - (post->wire ? 250 : 380);

	p = stpcpy(p, "---\nlayout: post\ntitle: \"");
	p = put_slot(p, roundup ? 'z' : 'x', &rng, post->story);
	p += sprintf(p, "\"\ndate: %s %02d:%02d:%02d +0800\n%scategories: %s\ntags: %s新闻\n---\n",
		     post->date, post->tm.tm_hour, post->tm.tm_min, post->tm.tm_sec,
		     post->edit ? "updated: true\n" : "", post->outlet->slug, post->outlet->name);
	p = put_body(p, *post, limit, &rng, roundup);
	return (size_t)(put_footer(p, post) - text);
}

/* The step has no factor in common with the number of codes, so none comes twice on a day. */
static uint32_t pick_code(const struct newsroom *newsroom, uint64_t day, uint64_t slot)
{
	uint64_t rng = derive(~newsroom->seed, ~day);
	uint64_t step = 10 * (uint64_t)below(&rng, CODES_A_DAY / 10) + 7;

	return (uint32_t)((below(&rng, CODES_A_DAY) + slot * step) % CODES_A_DAY);
}

struct post plan_post(const struct newsroom *newsroom, uint64_t number)
{
	uint64_t rng = derive(newsroom->seed, number), slot = number % newsroom->per_day;
	uint64_t second = (slot * OPEN_SECONDS + below(&rng, OPEN_SECONDS)) / newsroom->per_day;
	struct post post = { .newsroom = newsroom,
			     .day = newsroom->start + number / newsroom->per_day };

	post.time = (time_t)(post.day * DAY_SECONDS + OPENING_SECOND + second);
	gmtime_r(&post.time, &post.tm);
	strftime(post.date, sizeof(post.date), "%F", &post.tm);
	post.wire = below(&rng, 4) == 0;
	post.outlet = &outlets[post.wire ? 0 : 1 + below(&rng, ARRAY_SIZE(outlets) - 1)];
	post.story = pick_story(&post, &rng);
	post.seed = next(&rng);
	sprintf(post.code, "%s%.4s%.2s%.2s22%08u", post.wire ? "" : "NW", post.date, post.date + 5,
		post.date + 8, pick_code(newsroom, post.day, slot));
	return post;
}
