"""The edge: Envoy's configuration and the OpenAPI document, both made from the protos."""
