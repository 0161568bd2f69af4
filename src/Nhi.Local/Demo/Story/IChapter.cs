namespace Nhi.Local.Demo.Story;

/// <summary>One chapter of the demo: it makes something happen, tells it, and claims what it then checks.</summary>
internal interface IChapter
{
    string Title { get; }

    Task PlayAsync(Stage stage, CancellationToken ct);
}
