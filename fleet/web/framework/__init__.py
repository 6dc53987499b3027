"""Flask made ours: application, messages, what is current, proxies, method override, threads."""
