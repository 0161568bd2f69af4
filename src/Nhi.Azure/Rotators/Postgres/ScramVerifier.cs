using System.Security.Cryptography;
using System.Text;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>
/// What PostgreSQL keeps instead of a password: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c> (RFC 5802 section 3, RFC 7677; PostgreSQL's <c>pg_authid</c>).
/// Computed here, so that no statement, no log of the server and no <c>pg_stat_activity</c> ever holds the password.
/// </summary>
internal static class ScramVerifier
{
    private const int Iterations = 4096;
    private const int SaltBytes = 16;

    /// <summary>With a random salt.</summary>
    public static string Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltBytes), Iterations);

    /// <summary>
    /// Throws <see cref="ArgumentException"/> for a password with characters other than printable ASCII: for those alone SASLprep (RFC 4013) changes nothing, and we generate no others.
    /// </summary>
    public static string Of(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        if (password.Length == 0 || password.Any(character => character is < ' ' or > '~'))
            throw new ArgumentException("A SCRAM verifier is made here only of printable ASCII.", nameof(password));
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
