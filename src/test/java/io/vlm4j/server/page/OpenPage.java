package io.vlm4j.server.page;

import java.io.IOException;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives each test the page, freshly loaded, and the API that it talks to. Browser and server are those of all tests.
final class OpenPage implements BeforeEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace SHARED = ExtensionContext.Namespace.create(OpenPage.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        Shared shared = shared(context);
        shared.page.leave(); // whatever the last test left running there
        shared.api.reset();
        shared.page.load(shared.api.address());
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == PageDriver.class || type == FakeApi.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Shared shared = shared(context);
        return parameter.getParameter().getType() == FakeApi.class ? shared.api : shared.page;
    }

    private static Shared shared(ExtensionContext context) {
        return context.getRoot().getStore(SHARED).getOrComputeIfAbsent(Shared.class, _ -> Shared.open(), Shared.class);
    }

    private record Shared(FakeApi api, PageDriver page) implements AutoCloseable {
        static Shared open() {
            PageDriver page = PageDriver.open();
            try {
                return new Shared(new FakeApi(), page);
            } catch (IOException failure) {
                page.close();
                throw new AssertionError(failure);
            }
        }

        @Override
        public void close() {
            page.close();
            api.close();
        }
    }
}
