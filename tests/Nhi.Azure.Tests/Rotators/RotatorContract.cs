using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>What every rotator with a provider does, whatever its provider: the roles' documentation as tests.</summary>
public abstract class RotatorContract
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected static CredentialId Credential => CredentialId.Of("kv1.vault.azure.net", "payroll");

    protected static readonly string DisplayName = "nhi-0123456789abcdefghjkmnpqrs";

    /// <summary>A provider with its resource, fresh for this test.</summary>
    protected abstract Task<ProviderUnderTest> StartAsync();

    [Fact]
    public async Task A_minted_secret_is_let_in()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        Assert.Equal(Verification.Accepted, (await provider.VerifyAsync(minted.Handle, minted.Secret, Ct)).Verification);
    }

    [Fact]
    public async Task A_killed_secret_is_refused_and_killing_it_again_is_fine()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        await provider.Kill.KillAsync(provider.Resource, minted.Handle, false, new TestFence(), Ct);
        Assert.Equal(Verification.Refused, (await provider.VerifyAsync(minted.Handle, minted.Secret, Ct)).Verification);
        await provider.Kill.KillAsync(provider.Resource, minted.Handle, true, new TestFence(), Ct);
        Assert.Equal(Verification.Refused, (await provider.VerifyAsync(minted.Handle, minted.Secret, Ct)).Verification);
    }

    [Fact]
    public async Task Look_back_shows_what_lives_and_no_longer_what_is_dead()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        Assert.True(ProviderUnderTest.Lives(await provider.LookBack.LookAsync(provider.Resource, Ct), minted));
        await provider.Kill.KillAsync(provider.Resource, minted.Handle, false, new TestFence(), Ct);
        Assert.False(ProviderUnderTest.Lives(await provider.LookBack.LookAsync(provider.Resource, Ct), minted));
    }

    [Fact]
    public async Task Looking_and_verifying_change_nothing()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        for (var i = 0; i < 3; i++)
        {
            await provider.LookBack.LookAsync(provider.Resource, Ct);
            Assert.Equal(Verification.Accepted, (await provider.VerifyAsync(minted.Handle, minted.Secret, Ct)).Verification);
        }

        Assert.True(ProviderUnderTest.Lives(await provider.LookBack.LookAsync(provider.Resource, Ct), minted));
    }

    [Fact]
    public async Task A_second_mint_ends_the_first_only_where_it_takes_its_place()
    {
        var provider = await StartAsync();
        var first = await provider.MintAsync(Ct);
        var second = await provider.MintAsync(Ct);
        Assert.False(first.Secret.Matches(second.Secret));
        Assert.Equal(Verification.Accepted, (await provider.VerifyAsync(second.Handle, second.Secret, Ct)).Verification);
        var expected = provider.Resource.Overlap == OverlapClass.Multi ? Verification.Accepted : Verification.Refused;
        Assert.Equal(expected, (await provider.VerifyAsync(first.Handle, first.Secret, Ct)).Verification);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("Wr0ng&client_id=x;Password='\"\\ ü")]
    public async Task A_wrong_value_is_refused(string wrong)
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var verdict = await provider.VerifyAsync(minted.Handle, new SecretMaterial(wrong), Ct);
        Assert.Equal(Verification.Refused, verdict.Verification);
        if (wrong.Length > 5)
            Assert.DoesNotContain(wrong, verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_down_says_nothing_about_a_value()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var away = provider.GoDown();
        var verdict = await provider.Verify.VerifyAsync(away, minted.Handle, minted.Secret, Ct);
        Assert.Equal(Verification.Unknown, verdict.Verification);
        Assert.DoesNotContain(minted.Secret.Reveal(), verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_has_happened_and_later_is_fine()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var order = provider.Order();
        var away = provider.GoDown();
        Func<Task>[] calls =
        [
            () => provider.Mint.MintAsync(away, order, new TestFence(), Ct),
            () => provider.Kill.KillAsync(away, minted.Handle, true, new TestFence(), Ct),
            () => provider.LookBack.LookAsync(away, Ct),
        ];
        foreach (var call in calls)
        {
            var failure = await Assert.ThrowsAsync<ExternalCallException>(call);
            Assert.True(failure.Transient);
            Assert.False(failure.MayHaveHappened);
            AssertHoldsNoValue(failure, minted.Secret, order.Chosen);
        }
    }

    /// <summary>Another host holds the row by the time that token and connection are at hand.</summary>
    [Fact]
    public async Task Nothing_is_sent_where_the_fence_says_no()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var before = await ShownAsync();
        var shut = new TestFence(ready: () => throw new HoldLostException("It is held by another one."));
        await Assert.ThrowsAsync<HoldLostException>(() => provider.Mint.MintAsync(provider.Resource, provider.Order(), shut, Ct));
        await Assert.ThrowsAsync<HoldLostException>(() => provider.Kill.KillAsync(provider.Resource, minted.Handle, true, shut, Ct));
        Assert.Equal(2, shut.Asked);
        Assert.Equal(before, await ShownAsync());
        Assert.Equal(Verification.Accepted, (await provider.VerifyAsync(minted.Handle, minted.Secret, Ct)).Verification);

        async Task<string> ShownAsync() => string.Join(' ', (await provider.LookBack.LookAsync(provider.Resource, Ct)).Select(live => $"{live.Handle} {live.Open} {live.Secret?.Reveal()}"));
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_nothing_else()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.Mint.MintAsync(provider.Resource, provider.Order(), new TestFence(), cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.Verify.VerifyAsync(provider.Resource, minted.Handle, minted.Secret, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.LookBack.LookAsync(provider.Resource, cancelled.Token));
    }

    [Fact]
    public async Task What_is_composed_reads_back_as_the_same_secret_and_handle()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        foreach (var current in (SecretMaterial?[])[null, new SecretMaterial("barevalue"), .. provider.Forms])
        {
            var published = provider.Rotator.Compose(provider.Resource, minted.Secret, minted.Handle, current);
            var read = provider.Rotator.Read(provider.Resource, published);
            Assert.True(read.Secret.Matches(minted.Secret));
            Assert.True(read.Handle is null || read.Handle == minted.Handle);
            // A second rotation keeps the form of the first.
            Assert.Equal(published.Reveal(), provider.Rotator.Compose(provider.Resource, minted.Secret, minted.Handle, published).Reveal());
        }
    }

    [Fact]
    public async Task Each_role_that_the_rotator_plays_names_its_rights()
    {
        var provider = await StartAsync();
        string[] roles = ["kill", "look back", "mint", "verify"];
        Assert.Equal(roles, provider.Rotator.Kind.Rights.Select(right => right.Role).Order(StringComparer.Ordinal));
        Assert.Contains(provider.Resource.Overlap, provider.Rotator.Kind.Overlaps);
        Assert.Equal(provider.Resource.Id.Value, provider.Resource.Id.Value.ToLowerInvariant());
    }

    [Fact]
    public async Task A_secret_without_a_usable_tag_is_told_which_tag_and_how_it_reads()
    {
        var provider = await StartAsync();
        string[] hostile = ["", " ", "x", "../../etc", new string('a', 100_000), "entra:", "'; DROP ROLE x", "/subscriptions/x", "https://evil.example/a/b"];
        foreach (var tags in hostile.Select(text => new Dictionary<string, string> { ["nhi-resource"] = text }).Append([]))
        {
            var refusal = Assert.Throws<ResourceTagException>(() => provider.Rotator.Resolve(Credential, tags, ""));
            Assert.Contains("nhi-resource", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(provider.Rotator.Kind.ResourceForm, refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", refusal.Message, StringComparison.Ordinal);
        }
    }

    protected static void AssertHoldsNoValue(Exception failure, params SecretMaterial?[] values)
    {
        foreach (var value in values)
            if (value is not null)
                Assert.DoesNotContain(value.Reveal(), failure.ToString(), StringComparison.Ordinal);
    }
}
