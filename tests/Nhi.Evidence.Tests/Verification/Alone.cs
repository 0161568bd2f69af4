namespace Nhi.Evidence.Tests.Verification;

/// <summary>Tests that look at the process's memory: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
