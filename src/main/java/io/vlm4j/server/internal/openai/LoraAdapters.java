package io.vlm4j.server.internal.openai;

import io.vlm4j.inference.Adapters;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Json;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/// `GET /lora-adapters`: as llama-server has it, the adapters with the numbers that requests name them by. Of their
/// paths only the last part is told.
public final class LoraAdapters implements Admission.Action {
    private final byte[] list;

    public LoraAdapters(Services services) {
        List<Adapters.Scaled> loras = services.served().adapters().loras();
        ArrayNode all = Json.array();
        for (int id = 0; id < loras.size(); id++) {
            Adapters.Scaled lora = loras.get(id);
            all.addObject()
                    .put("id", id)
                    .put("path", String.valueOf(lora.adapter().path().getFileName()))
                    .put("scale", lora.scale());
        }
        list = Json.bytes(all);
    }

    @Override
    public void run(Exchange exchange) {
        exchange.send(Answer.json(200, list));
    }
}
