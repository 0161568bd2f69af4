using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nhi.Azure.Rotators.Postgres;

namespace Nhi.Azure.Tests.Rotators;

public sealed class ScramVerifierTests
{
    // RFC 7677 section 3: user "user", password "pencil".
    private const string Salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
    private const string Nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string Proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private const string ServerSignature = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    private static readonly byte[] _authMessage = Encoding.ASCII.GetBytes($"n=user,r=rOprNGfwEbeRWgbNEkqO,r={Nonce},s={Salt},i=4096,c=biws,r={Nonce}");

    [Fact]
    public void A_verifier_checks_the_proof_and_makes_the_signature_of_RFC_7677()
    {
        var verifier = ScramVerifier.Of("pencil", Convert.FromBase64String(Salt), 4096);
        Assert.StartsWith($"SCRAM-SHA-256$4096:{Salt}$", verifier, StringComparison.Ordinal);
        var keys = verifier.Split('$')[2].Split(':').Select(Convert.FromBase64String).ToArray();
        Assert.Equal(ServerSignature, Convert.ToBase64String(HMACSHA256.HashData(keys[1], _authMessage)));
        // ClientKey = ClientProof XOR ClientSignature; StoredKey = H(ClientKey).
        var clientKey = Convert.FromBase64String(Proof).Zip(HMACSHA256.HashData(keys[0], _authMessage), (proof, signature) => (byte)(proof ^ signature)).ToArray();
        Assert.Equal(keys[0], SHA256.HashData(clientKey));
    }

    [Fact]
    public void Two_verifiers_of_one_password_have_different_salts_and_the_shape_that_the_server_knows()
    {
        var (one, other) = (ScramVerifier.Of("samepassword"), ScramVerifier.Of("samepassword"));
        Assert.NotEqual(one, other);
        Assert.All([one, other], verifier => Assert.Matches(@"\ASCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=\z", verifier));
    }

    [Theory]
    [InlineData("")]
    [InlineData("pass\u00ADword")]
    [InlineData("tab\there")]
    [InlineData("ü")]
    public void What_SASLprep_might_change_is_refused_and_not_repeated(string password)
    {
        var refusal = Assert.Throws<ArgumentException>(() => ScramVerifier.Of(password));
        if (password.Length > 0)
            Assert.DoesNotContain(password, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    public void Identifiers_are_quoted_by_doubling(string name, string expected) => Assert.Equal(expected, SqlText.Identifier(name));

    [Fact]
    public void Literals_are_quoted_by_doubling_and_know_no_backslash_or_null()
    {
        Assert.Equal("'a''b'", SqlText.Literal("a'b"));
        Assert.Throws<ArgumentException>(() => SqlText.Literal("a\\b"));
        Assert.Throws<ArgumentException>(() => SqlText.Literal(string.Create(CultureInfo.InvariantCulture, $"a\0b")));
    }
}
