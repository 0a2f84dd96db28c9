using Microsoft.Azure.Functions.Worker;

namespace Tidemark.Support.Durable;

/// <summary>The context of an invocation, limited to what functions use.</summary>
internal sealed class HostFunctionContext(string name, IServiceProvider services, CancellationToken cancellation = default) : FunctionContext
{
    public override string InvocationId => name;

    public override string FunctionId => name;

    public override TraceContext TraceContext => throw new NotSupportedException();

    public override BindingContext BindingContext => throw new NotSupportedException();

    public override RetryContext RetryContext => throw new NotSupportedException();

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition => throw new NotSupportedException();

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features => throw new NotSupportedException();

    public override CancellationToken CancellationToken { get; } = cancellation;
}
