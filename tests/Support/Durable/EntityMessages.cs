using System.Globalization;
using DurableTask.Core;
using DurableTask.Core.Command;
using Microsoft.DurableTask.Entities;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Tidemark.Support.Durable;

/// <summary>The messages between orchestrations and entities, in the format of the replay engine.</summary>
internal static class EntityMessages
{
    private const char Scheduled = '@';

    /// <summary>Whether an event is addressed to an entity.</summary>
    public static bool IsForEntity(SendEventOrchestratorAction sent) => sent.Instance!.InstanceId.StartsWith('@');

    /// <summary>The operation and, for a call, the name of the event for the response.</summary>
    public static (EntityOperation Operation, string? AnswerName, DateTimeOffset? NotBefore) Read(SendEventOrchestratorAction sent)
    {
        JObject message = JObject.Parse(sent.EventData!);
        if (message["lockset"] is not null)
        {
            throw new NotSupportedException("Entity locks are not used: one can leak when a worker disconnects.");
        }

        EntityOperation operation = new(EntityInstanceId.FromString(sent.Instance!.InstanceId), (string)message["op"]!, (string?)message["input"]);
        int time = sent.EventName!.IndexOf(Scheduled, StringComparison.Ordinal);
        DateTimeOffset? notBefore =
            time < 0 ? null : DateTimeOffset.Parse(sent.EventName[(time + 1)..], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
        return (operation, (bool?)message["signal"] == true ? null : (string)message["id"]!, notBefore);
    }

    public static string Answer(EntityAnswer answer) => JsonConvert.SerializeObject(new Response(answer.Result, answer.Failure));

    private sealed record Response(
        [property: JsonProperty("result")] string? Result, [property: JsonProperty("failureDetails")] FailureDetails? Failure);
}
