"""The answers of the richer routes, and the OpenAPI document that describes them all."""
