namespace Nhi.Evidence.Records;

/// <summary>
/// The stage of a record. In the blob's name: <c>1-intent</c>; <c>2-{result}</c>; <c>3-reconciled</c> or <c>3-unknown</c> (which closes nothing).
/// </summary>
public enum RecordStage
{
    Intent = 1,
    Outcome = 2,
    Reconciled = 3,
}
