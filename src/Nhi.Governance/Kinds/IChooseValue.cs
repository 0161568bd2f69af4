using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>Chooses a new secret where we do (pair, cutover, retire): random, from <see cref="System.Security.Cryptography.RandomNumberGenerator"/>, in the alphabet and length that the kind needs.</summary>
public interface IChooseValue
{
    SecretMaterial Choose(GovernedResource resource, IReadOnlyDictionary<string, string> tags);
}
