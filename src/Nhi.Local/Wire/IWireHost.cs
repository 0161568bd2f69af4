namespace Nhi.Local.Wire;

/// <summary>What answers for one or more host names.</summary>
internal interface IWireHost
{
    /// <summary>Its name in faults and counts.</summary>
    string Service { get; }

    /// <summary>Has the effect and answers.</summary>
    ValueTask<Answer> AnswerAsync(Call call, CancellationToken cancellation);

    /// <summary>An error as this service words it.</summary>
    Answer Error(int status, string code, string message);
}
