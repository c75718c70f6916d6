"""The OpenAPI 3.1 document of the service: its routes, and the bodies and answers as JSON Schema."""
