using Nhi.Infra.Tests.Compiler;

// One compiler for all tests.
[assembly: AssemblyFixture(typeof(Bicep))]
