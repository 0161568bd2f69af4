using Azure.Core;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rest;

/// <summary>
/// One call to ARM or Graph. <paramref name="Environment"/>: whose rotator's identity is used; <paramref name="Host"/>: also the audience of its token;
/// <paramref name="PathAndQuery"/>: from the slash on, without any value; <paramref name="What"/>: for a person, e.g. <c>listing the keys of the storage account x</c>.
/// </summary>
internal sealed record RestCall(string Environment, string Host, RequestMethod Method, string PathAndQuery, string What)
{
    /// <summary>The watcher's identity is used, and no rotator's: for what reading rights show.</summary>
    public bool AsWatcher { get; init; }

    /// <summary>The curtailer's identity is used, and no rotator's: for role assignments that are taken away.</summary>
    public bool AsCurtailer { get; init; }

    /// <summary>Who asks, for a person.</summary>
    public string Asker => AsWatcher ? "watcher" : AsCurtailer ? "curtailer" : "rotator";

    /// <summary>Bytes of an answer that is still read; a longer one has no shape.</summary>
    public int LongestAnswer { get; init; } = 1024 * 1024;

    /// <summary>JSON, or null for none. It may hold names, never a credential value: errors of the service may repeat it.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Of a change: asked right before it is sent, and while it goes on. Null: nothing holds it back.</summary>
    public IFence? Fence { get; init; }
}
