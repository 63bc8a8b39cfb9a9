// Each test loads the whole machine, and reports how fast it was.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
