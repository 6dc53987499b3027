"""Who may: policy, authentication, credentials, origins, rates, throttling, the audit trail, refusals."""
