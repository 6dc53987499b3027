"""What a request says and how it is answered: bodies, queries, negotiation, answers, writes."""
