"""Daily work from a shell: `fleet agents`, `fleet task new`, `fleet claim`, `fleet report` and so on.

These commands know the server's `/v1` and nothing else of Fleet's. The standard
library, `fleet.client` and click are all that is loaded.

    lazy.py      which command is in which module; imported when it is asked for
    command.py   what all commands share: --url, --token, errors in words, exit codes
    remedies.py  what to do about what was refused
    fleet.py     the server, as the commands speak to it
    finding.py   an agent by id, name or prefix; a task by id or number
    plain.py     what agents wrote, harmless for a terminal
    screen.py    width, colour, output;  tables.py  columns that fit
    words.py     states as words, ages and times
    agents.py    agents, agent           tasks.py   tasks, task; task_edits.py, task_words.py
    claims.py    claim                   talk.py    tell, answer
    reports.py   report; identity.py says who reports, asking.py waits for an answer
    login.py     login
    stops.py     stop-all, stop, pause, resume
    events.py    events, stream; frames.py says a frame in a line
    hosts.py     hosts, exec, deploy     logs.py    logs
    copying.py   cp; places.py reads HOST:PATH, arriving.py writes here, progress.py says how far it is
"""
