package io.weft.proxy.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Value;
import com.google.protobuf.WireFormat;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import java.util.List;
import org.junit.jupiter.api.Test;

class FieldValuesTest {
    private final Definitions definitions = new Definitions();

    /** Of each type of scalar: one where zero is not there, one where it is known, and a list. */
    @Test
    void everyScalarIsWrittenAndReadAsProtobufDoes() throws Exception {
        DescriptorProto.Builder type = DescriptorProto.newBuilder().setName("Scalars");
        StringBuilder text = new StringBuilder();
        List<WireFormat.FieldType> scalars = List.of(WireFormat.FieldType.values()).stream()
                .filter(scalar -> scalar.getJavaType() != WireFormat.JavaType.MESSAGE)
                .filter(scalar -> scalar != WireFormat.FieldType.ENUM)
                .toList();
        for (WireFormat.FieldType scalar : scalars) {
            for (char presence : new char[] {'1', 'A', '*'}) {
                int number = type.getFieldCount() + 1;
                FieldDescriptorProto.Builder field = type.addFieldBuilder()
                        .setName("f" + number)
                        .setNumber(number)
                        .setType(FieldDescriptorProto.Type.valueOf("TYPE_" + scalar));
                if (presence == 'A') {
                    field.setOneofIndex(type.getOneofDeclCount());
                    type.addOneofDeclBuilder().setName("o" + number);
                    presence = (char) (presence + type.getOneofDeclCount() - 1);
                }
                field.setLabel(
                        presence == '*'
                                ? FieldDescriptorProto.Label.LABEL_REPEATED
                                : FieldDescriptorProto.Label.LABEL_OPTIONAL);
                text.append(number + " f" + number + " " + presence + " " + scalar + "\n");
            }
        }
        Descriptor descriptor = FileDescriptor.buildFrom(
                        FileDescriptorProto.newBuilder()
                                .setSyntax("proto3")
                                .addMessageType(type)
                                .build(),
                        new FileDescriptor[0])
                .getMessageTypes()
                .getFirst();
        MessageDefinition definition = new MessageDefinition("Scalars", text.toString());
        for (Number number : List.of(0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE)) {
            DynamicMessage.Builder expected = DynamicMessage.newBuilder(descriptor);
            FieldValues values = new FieldValues(definition);
            for (FieldDefinition field : definition.fields()) {
                FieldDescriptor described = descriptor.findFieldByName(field.name());
                Object value = value(field, number);
                if (field.isRepeated()) {
                    values.add(field, value);
                    values.add(field, field.absent());
                    expected.addRepeatedField(described, value).addRepeatedField(described, field.absent());
                } else {
                    values.set(field, value);
                    expected.setField(described, value);
                }
            }
            ByteString bytes = expected.build().toByteString();
            assertThat(values.toByteString()).isEqualTo(bytes);
            assertThat(FieldValues.parse(definition, bytes, definitions).toByteString())
                    .isEqualTo(bytes);
        }
    }

    private static Object value(FieldDefinition field, Number number) {
        return switch (field.type().getJavaType()) {
            case INT, ENUM -> number.intValue();
            case LONG -> number.longValue();
            case FLOAT -> number.floatValue();
            case DOUBLE -> number.doubleValue();
            case BOOLEAN -> number.longValue() != 0;
            case STRING -> number.longValue() == 0 ? "" : "\u00e4" + number;
            case BYTE_STRING -> ByteString.copyFromUtf8(number.longValue() == 0 ? "" : "b" + number);
            case MESSAGE -> throw new IllegalArgumentException(field.name());
        };
    }

    @Test
    void aMessageThatComesTwiceIsOneAndOfAOneofTheLastCounts() throws Exception {
        Node first = Node.newBuilder().setId("a").setCluster("b").build();
        Node second = Node.newBuilder().setId("c").build();
        assertThat(read(Node.getDescriptor().getFullName(), first, second))
                .isEqualTo(first.toBuilder().setId("c").build().toByteString());
        Address pipe =
                Address.newBuilder().setPipe(Pipe.newBuilder().setPath("p")).build();
        Address socket = Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder().setAddress("s"))
                .build();
        assertThat(read("envoy.config.core.v3.Address", pipe, socket, pipe)).isEqualTo(pipe.toByteString());
    }

    @Test
    void whatIsNotDefinedIsLeftOut() throws Exception {
        ByteString other = ByteString.copyFrom(new byte[] {(byte) 0xfa, 0x7f, 1, 'x', 0x0d, 1, 2, 3, 4});
        Node node = Node.newBuilder().setId("a").build();
        assertThat(FieldValues.parse(
                                definitions.message("envoy.config.core.v3.Node"),
                                node.toByteString().concat(other),
                                definitions)
                        .toByteString())
                .isEqualTo(node.toByteString());
    }

    @Test
    void listsAreReadPackedAndNot() throws Exception {
        FilterChainMatch match = FilterChainMatch.newBuilder()
                .addSourcePorts(7)
                .addSourcePorts(300)
                .build();
        int number = FilterChainMatch.SOURCE_PORTS_FIELD_NUMBER;
        ByteString apart =
                ByteString.copyFrom(new byte[] {(byte) (number << 3), 7, (byte) (number << 3), (byte) 0xac, 2});
        assertThat(FieldValues.parse(
                                definitions.message("envoy.config.listener.v3.FilterChainMatch"), apart, definitions)
                        .toByteString())
                .isEqualTo(match.toByteString());
    }

    @Test
    void whatIsNoMessageIsRefused() {
        MessageDefinition value = definitions.message("google.protobuf.Value");
        Value deep = Value.newBuilder().setBoolValue(true).build();
        for (int i = 0; i < 50; i++) {
            deep = Value.newBuilder()
                    .setListValue(ListValue.newBuilder().addValues(deep))
                    .build();
        }
        ByteString tooDeep = deep.toByteString();
        assertThatExceptionOfType(InvalidProtocolBufferException.class)
                .isThrownBy(() -> FieldValues.parse(value, tooDeep, definitions));
        for (byte[] bad :
                List.of(new byte[] {0x1a, 5, 'a'}, new byte[] {0x1a, 1, (byte) 0xff}, new byte[] {0x0c}, new byte[] {
                    0x32, 2, 0x0a, 7
                })) {
            assertThatExceptionOfType(InvalidProtocolBufferException.class)
                    .isThrownBy(() -> FieldValues.parse(value, ByteString.copyFrom(bad), definitions));
        }
    }

    private ByteString read(String type, Message... messages) throws InvalidProtocolBufferException {
        ByteString bytes = ByteString.EMPTY;
        for (Message message : messages) {
            bytes = bytes.concat(message.toByteString());
        }
        return FieldValues.parse(definitions.message(type), bytes, definitions).toByteString();
    }
}
