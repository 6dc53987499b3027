"""What is run on the demo's hosts, and what it prints there."""

from __future__ import annotations

from fleet.demo.hosts.scripts import (
    BLUE,
    BOLD,
    DIM,
    GREEN,
    PLAIN,
    RED,
    Print,
    Script,
    at_once,
    bar,
    joined,
    line_by_line,
)

STATUS = Script(
    "systemctl status nginx --no-pager",
    at_once(
        f"{GREEN}●{PLAIN} nginx.service - A high performance web server and a reverse proxy server\n"
        "     Loaded: loaded (/lib/systemd/system/nginx.service; enabled; preset: enabled)\n"
        f"     Active: {GREEN}{BOLD}active (running){PLAIN} since Mon 2026-10-19 04:12:08 UTC\n"
        "   Main PID: 812 (nginx)\n      Tasks: 9 (limit: 4653)\n     Memory: 61.4M\n        CPU: 2h 14min\n"
    ),
)
RELOAD = Script(
    "sudo nginx -t && sudo systemctl reload nginx",
    line_by_line(
        "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
        "nginx: configuration file /etc/nginx/nginx.conf test is successful\n",
        0.5,
        "stderr",
    ),
)
HEALTH = Script("curl -fsS http://localhost/health", at_once('{"status": "ok", "version": "2026.11.3"}\n'))
SPACE = Script(
    "df -h /",
    at_once("Filesystem      Size  Used Avail Use% Mounted on\n/dev/nvme0n1p2   80G   77G  3.2G  97% /\n"),
)
IMAGE = Script(
    "docker build -t web-shop:pr-132 .",
    joined(
        line_by_line(
            f"{BLUE}#1 [internal] load build definition from Dockerfile{PLAIN}\n"
            f"{BLUE}#2 [internal] load metadata for docker.io/library/node:22-slim{PLAIN}\n"
            "#3 [1/5] FROM docker.io/library/node:22-slim\n#3 CACHED\n"
            "#4 [2/5] COPY package.json package-lock.json ./\n#4 DONE 0.1s\n"
            "#5 [3/5] RUN npm ci\n#5 41.2 added 1284 packages in 40s\n",
            1.2,
        ),
        (
            Print(f"{RED}#5 ERROR: write /app/node_modules/.cache: no space left on device{PLAIN}\n", 1.5, "stderr"),
            Print(f'{RED}{BOLD}ERROR:{PLAIN} failed to solve: process "npm ci" did not complete\n', 0.2, "stderr"),
        ),
    ),
    exit_code=1,
    timeout=900,
)
TESTS = Script(
    "pytest -q --color=yes tests",
    joined(
        line_by_line(
            "".join(f"{GREEN}{'.' * 60}{PLAIN} {DIM}[{share:3d}%]{PLAIN}\n" for share in range(10, 101, 10)), 2.0
        ),
        (Print(f"{GREEN}600 passed{PLAIN}{GREEN} in 20.41s{PLAIN}\n", 0.5),),
    ),
    timeout=300,
)
CARD = Script(
    "nvidia-smi --query-gpu=name,temperature.gpu,utilization.gpu,memory.used --format=csv",
    at_once("name, temperature.gpu, utilization.gpu [%], memory.used [MiB]\nNVIDIA L40S, 68, 94 %, 39112 MiB\n"),
)
TRAINING = Script(
    "python train.py --epochs 40",
    joined(
        line_by_line("Loading 1,284,112 examples from /srv/data/tickets.parquet\nModel: 110 M parameters, bf16\n", 1.0),
        *(
            bar(
                f"Epoch {epoch:2d}/40",
                24,
                0.9,
                f"  loss {BOLD}{0.31 + 1.9 / (epoch + 1):.4f}{PLAIN}  {GREEN}acc {0.93 - 0.5 / (epoch + 1):.3f}{PLAIN}",
            )
            for epoch in range(1, 41)
        ),
        (Print(f"{GREEN}Saved checkpoints/tickets-40.pt{PLAIN}\n", 0.5),),
    ),
    timeout=7200,
)
UPGRADE = Script(
    "apk upgrade",
    joined(
        line_by_line(
            "fetch https://mirror.example.net/alpine/v3.20/main/aarch64/APKINDEX.tar.gz\n"
            "(1/14) Upgrading musl (1.2.5-r0 -> 1.2.5-r1)\n(2/14) Upgrading busybox (1.36.1-r29 -> 1.36.1-r31)\n",
            1.5,
        ),
        (Print("(3/14) Upgrading openssl (3.3.2-r0 -> 3.3.5-r0)", 1.5), Print("\n", 600)),
    ),
    timeout=1800,
    canceled_after=12.0,
)
CACHE = Script("cat /run/edge/cache.stat", at_once("hits 918233\nmisses 41022\nratio 0.957\n"))
DUMP = Script(
    "pg_dump --format=custom --file=/backup/billing.dump billing",
    line_by_line("pg_dump: saving database definition\npg_dump: dumping contents of 84 tables\n", 2.0, "stderr"),
    timeout=3600,
)
UPTIME = Script("uptime", at_once(" 02:14:51 up 120 days,  3:02,  0 users,  load average: 0.61, 0.58, 0.55\n"))
