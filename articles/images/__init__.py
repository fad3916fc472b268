"""Pictures that this site keeps itself: fetched from where upstream says they are, cut to size, shown from here.

In the order in which a picture passes through: what is `needing`, `fetching` its bytes at the pace that `pacing`
allows, `rendering` them in a `workshop` of processes, `storing` the files, `keeping` account of it all, `cleaning` up.
"""
