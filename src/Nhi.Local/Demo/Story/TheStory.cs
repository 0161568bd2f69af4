namespace Nhi.Local.Demo.Story;

/// <summary>Which chapters are played.</summary>
internal static class TheStory
{
    public static IReadOnlyList<IChapter> Of(DemoOptions options, bool kept) =>
    [
        .. kept ? (IChapter[])[new WelcomeBack(), new ItGoesOn()]
            : [new TheWorld(), new ANewSecret(), new EventsThatLie(), new RotationWithoutOutage(), new Revocations(), new KilledInBetween(), new WhatNobodyNeeds()],
        new TheEvidence(options.ExportFolder),
        new TheEnd(options.StateFolder, options.ExportFolder),
    ];
}
