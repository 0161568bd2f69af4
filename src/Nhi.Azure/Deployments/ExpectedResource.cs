using System.Text.Json.Nodes;

namespace Nhi.Azure.Deployments;

/// <summary>One resource that the template makes. Values that only Azure knows are expressions, <c>[reference(…)]</c>.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Type">As <c>Microsoft.Storage/storageAccounts</c>.</param>
/// <param name="ApiVersion">What it was written for, and is read with.</param>
/// <param name="Json">All of it.</param>
internal sealed record ExpectedResource(string Id, string Type, string ApiVersion, JsonObject Json)
{
    /// <summary>The last part of its name.</summary>
    public string Name => Id[(Id.LastIndexOf('/') + 1)..];

    public string Subscription => Id.Split('/')[2];

    public string ResourceGroup => Id.Split('/')[4];

    /// <summary>What an extension resource (an assignment, a diagnostic setting, a lock) belongs to; of any other its group's own part.</summary>
    public string Scope => Id[..Id.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase)];

    /// <summary>The id of what a child belongs to: the id without its last two parts.</summary>
    public string Parent => Id[..Id.LastIndexOf('/', Id.LastIndexOf('/') - 1)];

    public JsonObject? Properties => Json["properties"] as JsonObject;

    public bool Is(string type) => string.Equals(Type, type, StringComparison.OrdinalIgnoreCase);

    /// <summary>For a person: its type's last part and its name, with the name of what it is of.</summary>
    public string Text => ArmIds.Text(Id);
}
