"""The hall on the desk: the window panel (叫号), the call bar on every page, and the guide desk (导办)."""
