namespace Nhi.Azure.Deployments;

/// <summary>What was to say how a deployment should be cannot be used; the message says why, and what to do.</summary>
public sealed class ExpectationException(string message) : Exception(message);
