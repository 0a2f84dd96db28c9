using System.Collections;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

public class WorkerOptions
{
    public InputConverterCollection InputConverters { get; } = new();

    public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>
    {
        ["HandlesWorkerTerminateMessage"] = bool.TrueString,
        ["HandlesInvocationCancelMessage"] = bool.TrueString,
        ["IncludeEmptyEntriesInMessagePayload"] = bool.TrueString,
        ["EnableUserCodeException"] = bool.TrueString,
    };

    public bool IncludeEmptyEntriesInMessagePayload
    {
        get => Capabilities.TryGetValue(nameof(IncludeEmptyEntriesInMessagePayload), out var value)
            && bool.TryParse(value, out var included) && included;
        set
        {
            if (value)
            {
                Capabilities[nameof(IncludeEmptyEntriesInMessagePayload)] = bool.TrueString;
            }
            else
            {
                Capabilities.Remove(nameof(IncludeEmptyEntriesInMessagePayload));
            }
        }
    }
}

public sealed class InputConverterCollection : IEnumerable<Type>
{
    private readonly List<Type> _types = [];

    public void Register<T>()
        where T : IInputConverter => _types.Add(typeof(T));

    public void RegisterAt<T>(int index)
        where T : IInputConverter => _types.Insert(index, typeof(T));

    public void Clear() => _types.Clear();

    public IEnumerator<Type> GetEnumerator() => _types.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
