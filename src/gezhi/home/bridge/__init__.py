"""The bridge between pure controllers and a real home: MQTT, discovery, devices, a store.

No web code: the studio asks through a small socket (`gezhi.home.bridge.loopback`) and reads the
store. `gezhi.home.bridge.service.serve` runs all of it.
"""

__all__: list[str] = []
