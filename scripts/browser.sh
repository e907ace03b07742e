#!/bin/sh
# Chromium and a Chinese font for the browser tests, from Debian, when this machine lets us. Never fails: without
# them the browser tests are skipped, and say so.
have_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }
have_font() { [ -n "$(fc-list :lang=zh 2>/dev/null | head -1)" ]; }
have_browser && have_font && exit 0
if command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    if $sudo true 2>/dev/null; then
        echo "· 安装 Chromium 和中文字体（浏览器测试用）" >&2
        export DEBIAN_FRONTEND=noninteractive
        { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk; } >/dev/null 2>&1
    fi
fi
have_browser && have_font && exit 0
cat >&2 <<'END'
**********************************************************************
** 跳过浏览器测试：这台机器没有 Chromium 或中文字体，也无法自动安装。
** SKIPPING THE BROWSER TESTS: no Chromium or no Chinese font here.
** sudo apt-get install chromium fonts-noto-cjk
**********************************************************************
END
exit 0
