"""`fleet demo`: a simulated fleet that fills a running server with life.

Its agents know the server's `/v1` and nothing else of Fleet's, so that whatever
they can do, anybody's agent can. The standard library and `fleet.client` are all
that is needed for them (and click, for the command line). Its hosts speak
`fleet.protocol` over websockets, as a daemon does.

    client.py        the calls of `/v1` that agents make, typed
    script.py        the words that scenarios are written in
    scenarios/       who the agents are and what happens to them: data only
    lifeline.py      heartbeats and claims
    desk.py          what an agent shows of its work
    conversation.py  its half of the talk with people, and voice.py its words
    player.py        from one step of a story to the next
    agent.py         all of these in one thread
    hosts/           machines that speak the daemon's protocol and run nothing
    pool.py          the tasks that agents take, and cleaning up
    crew.py          all agents together, from start to stop
    main.py          the command
"""

from fleet.demo.main import main

__all__ = ["main"]
