using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Tidemark.Functions.Closing;

/// <summary>The timer triggers. Each runs on one instance at a time; a repeated or missing tick is harmless.</summary>
public sealed class Timers(TickLoop ticks, LiveLoop live, Rescue rescue, Sweeper sweeper)
{
    /// <summary>Starts what is due.</summary>
    [Function(nameof(CloseTimer))]
    public Task CloseTimer([TimerTrigger("* * * * * *", UseMonitor = false)] TimerInfo timer,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        ticks.RunAsync(client, cancellationToken);

    /// <summary>Writes live results.</summary>
    [Function(nameof(LiveTimer))]
    public Task LiveTimer([TimerTrigger("* * * * * *", UseMonitor = false)] TimerInfo timer,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        live.RunAsync(client, cancellationToken);

    /// <summary>Applies records that the trigger has missed.</summary>
    [Function(nameof(RescueTimer))]
    public Task RescueTimer([TimerTrigger("*/10 * * * * *", UseMonitor = false)] TimerInfo timer,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        rescue.RunAsync(client, cancellationToken);

    /// <summary>Deletes what is no longer needed.</summary>
    [Function(nameof(SweepTimer))]
    public Task SweepTimer([TimerTrigger("0 */5 * * * *", UseMonitor = false)] TimerInfo timer,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        sweeper.RunAsync(client, cancellationToken);
}
