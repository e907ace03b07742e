/* Charts drawn from the tables beside them, and the big screen that fetches itself anew. The pages say everything
   without this. */
(() => {
  "use strict";
  const EVERY = 60_000;
  const drawn = new Map();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function series(table) {
    const rows = [...table.tBodies[0].rows];
    const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    return {
      days: rows.map((row) => row.cells[0].dataset.day),
      lines: names.map((name, at) => ({ name, values: rows.map((row) => Number(row.cells[at + 1].textContent)) })),
    };
  }

  function options(found, unit, description) {
    const [received, decided, late] = [token("--ow-primary"), token("--ow-ontime-solid"), token("--ow-late-solid")];
    const text = { color: token("--ow-ink-2"), fontSize: unit, fontFamily: token("--ow-font") };
    const looks = [
      { type: "line", symbol: "circle", color: received, lineStyle: { width: unit / 5 } },
      { type: "line", symbol: "rect", color: decided, lineStyle: { width: unit / 5, type: "dashed" } },
      { type: "bar", color: late, barMaxWidth: unit },
    ];
    return {
      animation: false,
      aria: { enabled: true, label: { description } },
      textStyle: text,
      grid: { left: unit * 3.2, right: unit, top: unit * 2.6, bottom: unit * 2 },
      legend: { top: 0, right: 0, itemWidth: unit * 2, textStyle: text },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "category", data: found.days, axisLabel: text, axisTick: { show: false } },
      yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: text, splitLine: { lineStyle: { color: token("--ow-line") } } },
      series: found.lines.map((line, at) => ({ name: line.name, data: line.values, symbolSize: unit / 2, ...looks[at] })),
    };
  }

  function draw(box) {
    const table = document.getElementById(box.dataset.boardChart);
    if (!table || !window.echarts) return;
    box.hidden = false;
    const unit = "boardLarge" in box.dataset ? Math.max(window.innerHeight * 0.018, 11) : 13;
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(options(series(table), unit, box.getAttribute("aria-label")));
    drawn.set(box, chart);
  }

  function drawAll() {
    for (const [box, chart] of drawn) {
      if (!box.isConnected) {
        chart.dispose();
        drawn.delete(box);
      }
    }
    for (const box of document.querySelectorAll("[data-board-chart]")) if (!drawn.has(box)) draw(box);
    for (const fold of document.querySelectorAll("[data-board-fold]")) if (window.echarts) fold.open = false;
  }

  /* ---- the big screen ---- */

  function lost(words) {
    const mark = document.querySelector("[data-board-lost]");
    mark.hidden = !words;
    if (words) mark.querySelector("[data-board-lost-words]").textContent = words;
  }

  async function renew(screen) {
    let answer;
    try {
      answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    } catch {
      return lost("连接中断，正在重新连接");
    }
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) return lost("登录已经过期，请重新登录");
    if (!answer.ok) return lost(answer.status === 404 ? "没有权限看这里了" : "连接中断，正在重新连接");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-board-screen]");
    if (!fresh) return lost("连接中断，正在重新连接");
    screen.replaceChildren(...fresh.childNodes);
    drawAll();
  }

  drawAll();
  addEventListener("resize", () => {
    for (const chart of drawn.values()) chart.resize();
  });
  const screen = document.querySelector("[data-board-screen]");
  if (screen) {
    const again = () => renew(screen).finally(() => setTimeout(again, EVERY));
    setTimeout(again, EVERY);
    addEventListener("online", () => renew(screen));
  }
})();
