"""What tests share: small models, banks, servers, databases, and programs that write tables in their own way."""
