namespace Nhi.Evidence.Storage;

/// <summary>The answer to a create, and the service's clock (its <c>Date</c> header, UTC) when it answered.</summary>
public readonly record struct CreateResult(CreateAnswer Answer, DateTimeOffset ServiceTime);
