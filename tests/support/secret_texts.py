"""Texts with a secret in them, and texts without one: what masking is held to."""

from __future__ import annotations

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nAAAAAAAAABAAAAMwAAAAtzc2g\n-----END OPENSSH PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
# The text, and what of it must not be seen afterwards.
SECRETS = {
    "anthropic": ("key sk-ant-api03-" + "A1b2" * 10 + " end", "A1b2A1b2"),
    "openai": ("OPENAI sk-proj-" + "Zx9_" * 8, "Zx9_Zx9_"),
    "github": ("remote: ghp_" + "a1B2c3" * 6, "a1B2c3a1"),
    "github fine-grained": ("github_pat_11ABCDEFG0" + "x" * 30, "11ABCDEFG0"),
    "gitlab": ("token glpat-abcdefghij0123456789", "abcdefghij"),
    "slack": ("xoxb-123456789012-abcdefghijkl", "123456789012"),
    "aws": ("id AKIAIOSFODNN7EXAMPLE and", "IOSFODNN7"),
    "aws secret": ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtn"),
    "google": ("AIza" + "Sy" * 17 + "B", "SySySySy"),
    "npm": ("//r/:_authToken=npm_" + "q" * 36, "qqqqqq"),
    "hugging face": ("hf_" + "AbCdEfGhIj" * 3 + "Kl", "AbCdEfGhIj"),
    "stripe": ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj"),
    "fleet": ("flt_" + "a" * 43, "aaaaaa"),
    "fleet agent": ("X-Agent-Key: fla_" + "aB3-_xY9z" * 5, "aB3-_xY9z"),
    "fleet enrolment": ("sh -s fle_" + "aB3-_xY9z" * 5 + " and", "aB3-_xY9z"),
    "webhook": ("whsec_" + "MfKQ9r8GKYqr" * 3, "MfKQ9r8GKYqr"),
    "jwt": (f"got {JWT}.", "eyJzdWIi"),
    "pem": (f"before\n{KEY}\nafter", "b3BlbnNzaC1r"),
    "header": ("> Authorization: Bearer abc.def-ghi_jkl", "abc.def"),
    "basic": ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    "header in json": ('{"Authorization": "Bearer 0123456789abcdef"}', "0123456789abcdef"),
    "curl": ("curl -H 'X-API-Key: 9f8e7d6c5b4a' host", "9f8e7d6c5b4a"),
    "cookie": ("Cookie: session=8d7f6e; theme=dark", "8d7f6e"),
    "url": ("postgresql://app:hunter2secret@db:5432/x", "hunter2secret"),
    "environment": ("export DATABASE_PASSWORD=correcthorse", "correcthorse"),
    "quoted": ("API_KEY='battery staple 42'", "battery staple"),
    "json": ('{"client_secret": "shhh-its-me-42", "a": 1}', "shhh-its-me"),
    "yaml": ('password: "p4ssw0rd!"', "p4ssw0rd"),
    "aws session": ("AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQ", "IQoJb3JpZ2luX2Vj"),
    "aws session without a name": ("got IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQ here", "2VjEPT"),
    "aws credentials file": ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtn"),
    "service account": (
        (
            '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQ'
            '\\nEFAASCBKcwggSjAgEAAoIBAQC7\\n-----END PRIVATE KEY-----\\n", "client_email": "a@b.example"}'
        ),
        "EFAASCBKcwggSj",
    ),
    "npm file": ("//registry.npmjs.org/:_authToken=0f3c8a1e-9b7d-4e6f", "0f3c8a1e-9b7d"),
    "curl with a password": ("+ curl -sS -u deploy:hunter2secret https://example.org/x", "hunter2secret"),
    "curl with a quoted password": ("curl --user 'deploy:two words' https://example.org/x", "two words"),
    "docker": ("$ docker login -u me -p hunter2secret registry.example.org", "hunter2secret"),
    "mysql": ("+ mysql -h db -u root -phunter2secret app", "hunter2secret"),
    "set-cookie": ("< Set-Cookie: session=8d7f6e5c; Path=/; HttpOnly", "8d7f6e5c"),
    "quoted cookies": ('Cookie: a="8d7f 6e5c"; b="9e8f7a"; theme=dark', "9e8f7a"),
    "cookies in json": ('{"set-cookie": ["sid=8d7f6e5c; Path=/"], "a": 1}', "8d7f6e5c"),
    "vault": ("X-Vault-Token: s.5f3a9c1b2d", "5f3a9c1b2d"),
    "gitlab header": ("curl --header 'PRIVATE-TOKEN: 5f3a9c1b2d' host", "5f3a9c1b2d"),
    "bearer in json": ('{"scheme":"x","bearer":"0123456789abcdef0123"}', "0123456789abcdef0123"),
    "header in json in json": ('{"m":"{\\"Authorization\\": \\"Bearer 0123456789abcdef\\"}"}', "0123456789abcdef"),
    "json in json": ('{"m": "{\\"client_secret\\": \\"shhh its me 42\\", \\"a\\": 1}"}', "shhh its me"),
    "negotiate": ("Authorization: Negotiate YIICdwYGKwYBBQUCoIICazCCAmegDTAL", "YIICdwYGKw"),
    "a backslash": (r"authorization: hunter\2secret", "2secret"),
    "digest": ('Authorization: Digest username="joe", response="6629fae49393a053"', "6629fae49393a053"),
    "an escaped quote": (r'{"client_secret": "shhh \" its me", "a": 1}', "its me"),
    "blanks": ('export DB_PASSWORD="a b c d" && echo "done now"', "a b c d"),
    "after a carriage return": ("45 % done\rAPI_KEY='battery staple 42' and more", "battery staple"),
    "two in a line": ("API_KEY=hunter2secret and TOKEN='correct horse' end", "correct horse"),
    "among letters of many bytes": ("naïve 😀 API_KEY='bättery 😀 staple' größer", "staple"),
    "dotted": ("spring.datasource.password=s3cr3tvalue", "s3cr3tvalue"),
}
INNOCENT = [
    "max_tokens=4096",
    "tokens: 214k",
    "TOKEN=$FLEET_TOKEN",
    "password=${DB_PASSWORD}",
    "author: Mira Novak",
    "Added 6 tests in tests/test_tokens.py",
    "The password field is required",
    "auth module reviewed",
    "https://example.org:8080/path?x=1",
    "see sk-learn docs",
    "git@github.com:owner/repo.git",
    "-----BEGIN CERTIFICATE-----",
    "SECRET_SANTA=",
    "commit 5ab63d7e1f",
    "progress 45",
    "😀 naïve café",
    "api_key=<your key>",
    "eyJ is how a token begins",
    (
        '10.0.0.7 - - [28/Nov/2026:06:25:24 +0000] "GET /search?q=a+b&page=2&sort=created_at&utm_source=mail&utm_campaign'
        '=autumn&ref=%2Fhome%2Fx%3Fy%3D1&author=mira&keyword=tokens HTTP/1.1" 200 5316 "https://example.org/a?b=c:d"'
        ' "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0"'
    ),
    "Nov 28 06:25:24 web-1 systemd[1]: Started mysql.service - MySQL Community Server.",
    "Nov 28 06:25:24 web-1 systemd[1]: cron.service: Main process exited, code=exited, status=1/FAILURE",
    "Nov 28 06:25:24 web-1 systemd-logind[612]: New session 42 of user deploy.",
    (
        "Nov 28 06:25:24 web-1 sshd[812]: Accepted publickey for deploy from 10.0.0.7 port 51512 ssh2: ED25519 SHA256:"
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
    ),
    "To github.com:owner/repo.git\n   5ab63d7..8c1f0aa  main -> main\nBranch 'main' set up to track 'origin/main'.",
    "index 5ab63d7e1f..8c1f0aa2b3 100644\n--- a/tests/test_tokens.py\n+++ b/tests/test_tokens.py\n@@ -1,4 +1,6 @@",
    "npm warn deprecated inflight@1.0.6: This module is not supported\nadded 214 packages, and audited 215 in 3s",
    "npm notice integrity: sha512-9KxBTGvHkVyKZ4fYb4cVhVd6b8Ow==",
    (
        'Traceback (most recent call last):\n  File "/srv/app/auth.py", line 12, in check\n'
        "    token = request.headers.get(\"X-Token\")\nKeyError: 'token'"
    ),
    '    token = os.environ["FLEET_TOKEN"]',
    "    password = getpass.getpass()",
    "aGVsbG8gd29ybGQsIHRoaXMgaXMgYmFzZTY0IHdpdGhvdXQgYSBuYW1lIGFuZCBpdCBzdGF5cw==",
    "mysql -h db -P 3306 -u root -p app",
    "docker run -p 8080:80 -u node:node nginx",
    "curl -u name https://example.org/path",
    "last login: Mon -p 22",
    "Password: ",
    "[#####     ] 45%\r[######    ] 55%\r",
    "The flag --token says which token is meant, and the key tells who.",
    "flake8 flags_of_highlighting_things_that_are_forty_three_letters_or_more",
]
