using System.Text;

namespace Nhi.Azure.Deployments;

/// <summary>One vault in the list <c>vaults</c> of a parameter file (type <c>governedVault</c> of infra/types.bicep).</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Environment">1 to 32 letters and digits.</param>
public sealed record VaultEntry(string Id, string Environment)
{
    /// <summary>Region of the vault; null: that of the deployment.</summary>
    public string? Location { get; init; }

    /// <summary>Where its audit log goes, when it is not in the deployment's region.</summary>
    public string? AuditAccountId { get; init; }

    /// <summary>Its system topic, where there is one already.</summary>
    public string? TopicName { get; init; }

    public string Name => ArmIds.NameOf(Id);

    /// <summary>Its lines as the compiler formats them, with LF and without the last one.</summary>
    /// <param name="indent">What each begins with.</param>
    public string Text(string indent)
    {
        var text = new StringBuilder().Append(indent).Append("{\n");
        foreach (var (name, value) in ((string, string?)[])[("id", Id), ("environment", Environment), ("location", Location), ("auditAccountId", AuditAccountId), ("topicName", TopicName)])
            if (value is not null)
                text.Append(indent).Append("  ").Append(name).Append(": '").Append(value).Append("'\n");
        return text.Append(indent).Append('}').ToString();
    }
}
