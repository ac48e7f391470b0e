"""The portal's pages without a browser, over real gRPC servers that play its neighbours."""
