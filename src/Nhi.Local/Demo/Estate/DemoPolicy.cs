namespace Nhi.Local.Demo.Estate;

/// <summary>The policy of the demo's estate: a file that a person may read and change.</summary>
internal static class DemoPolicy
{
    public const string FileName = "policy.yaml";

    private const string Text = """
        # The policy of the demo's estate. Change it and play again with the same --state.
        # The first rule that matches wins; what a rule does not say comes from the defaults; nothing is enforced unless a rule says so.
        version: 1
        description: Everything lives 90 days at most; partners are watched, not touched; the nightly batch is cut over on Sunday nights.

        caps:
          mintsPerHour: 60
          killsPerRun: 60

        defaults:
          lifetime: P90D            # how long a version may live
          rotateBefore: P30D        # how long before its end it is rotated
          overlap: P14D             # how long the old one goes on working
          slack: P7D                # room for what goes wrong
          freeAfter: P14D           # a key slot that no secret has carried for so long counts as free
          disableSuperseded: true   # generated values: disable the old version after its overlap
          endSessions: true         # database roles: end the sessions of a closed role

        rules:
          # No mode: it only observes.
          - name: partners-are-watched
            match: { name: "partner-*" }

          # One role only: the old password dies with the new one, so it happens in a window.
          - name: nightly-cutover
            match: { name: nightly-batch }
            mode: enforce
            allowCutover: true
            windows:
              - { days: [sun], from: "22:00", to: "04:00" }

          # Nobody looks after it: what nobody uses is told, put aside for two days, and only then ended.
          - name: legacy-is-cleaned-up
            match: { vault: kv-legacy.vault.azure.net }
            mode: enforce
            lifetime: P720D
            removeNeglected: true
            unusedAfter: P2D
            quarantineAfter: P1D
            revokeAfter: P2D
            removeAfter: P1D

          - name: everything-else
            match: {}
            mode: enforce

        """;

    /// <summary>Writes it unless a kept estate has its own; answers its path.</summary>
    public static async Task<string> WriteAsync(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            await File.WriteAllTextAsync(path, Text, ct);
        return path;
    }
}
